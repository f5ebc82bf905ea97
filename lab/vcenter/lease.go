// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"log"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

const (
	leaseLinger   = time.Minute // how long a lease that has ended can still be read
	leaseModePush = string(types.HttpNfcLeaseModePushOrGet)
)

// A nfcLease is an export or import under way. It ends when completed or aborted, and by itself without progress.
type nfcLease struct {
	mo.HttpNfcLease

	site    *site
	disks   []*leaseDisk
	upload  bool         // an import
	discard func() error // undoes an import
	release func() error // removes what an export alone needed
	finish  func() error // makes an import's machine usable from the stored files

	silent atomic.Bool // gives no manifest
	sha256 atomic.Bool // gives a SHA-256 in it too, as asked for

	mu     sync.Mutex // guards expiry, and what has been received of the disks
	expiry *time.Timer
}

// A leaseDisk is one disk of a lease.
type leaseDisk struct {
	file      string // of its URL
	key       string // of its place, in the manifest as in the device URL
	importKey string
	path      string // what is sent, or where it is stored
	size      int64
	received  *types.HttpNfcLeaseManifestEntry
}

// disk finds a disk by the file of its URL.
func (l *nfcLease) disk(file string) *leaseDisk {
	for _, d := range l.disks {
		if d.file == file {
			return d
		}
	}
	return nil
}

// A leaseBook holds the leases that can be read from or written to. Knowing a lease's id is the right to do so.
type leaseBook struct {
	mu   sync.Mutex
	open map[string]*nfcLease
}

func (b *leaseBook) find(id string) *nfcLease {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.open[id]
}

// put opens a lease; take ends it, and says whether the caller is the one to have ended it.
func (b *leaseBook) put(l *nfcLease) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.open == nil {
		b.open = map[string]*nfcLease{}
	}
	b.open[l.Self.Value] = l
}

func (b *leaseBook) take(l *nfcLease) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	found := b.open[l.Self.Value] == l
	delete(b.open, l.Self.Value)
	return found
}

// newLease registers a lease that is not ready yet.
func (s *site) newLease() *nfcLease {
	l := &nfcLease{site: s}
	l.Self = types.ManagedObjectReference{Type: "HttpNfcLease", Value: "session-" + uuid.NewString()}
	l.State, l.Mode = types.HttpNfcLeaseStateInitializing, leaseModePush
	l.Capabilities = types.HttpNfcLeaseCapabilities{PullModeSupported: false, CorsSupported: false}
	s.registry.Put(l)
	return l
}

// ready offers the disks under the lease and starts its clock. The last disk comes first: nobody may rely on an order.
func (l *nfcLease) ready(ctx *simulator.Context, vm *simulator.VirtualMachine, disks []*leaseDisk) {
	l.disks = disks
	var urls []types.HttpNfcLeaseDeviceUrl
	for _, d := range slices.Backward(disks) {
		urls = append(urls, types.HttpNfcLeaseDeviceUrl{
			Key: d.key, ImportKey: d.importKey, TargetId: d.file, Disk: types.NewBool(true), FileSize: d.size,
			Url: fmt.Sprintf("https://*/nfc/%s/%s", l.Self.Value, d.file),
		})
	}
	info := &types.HttpNfcLeaseInfo{
		Lease: l.Self, Entity: vm.Self, LeaseTimeout: int32(l.site.config.LeaseTimeoutSeconds),
		TotalDiskCapacityInKB: diskCapacity(vm) >> 10, DeviceUrl: urls,
	}
	l.renew()
	l.site.leases.put(l)
	l.site.registry.AtomicUpdate(ctx, l, []types.PropertyChange{
		{Name: "initializeProgress", Val: int32(100)}, {Name: "info", Val: info}, {Name: "state", Val: types.HttpNfcLeaseStateReady},
	})
}

// failed shows why the lease never became ready.
func (l *nfcLease) failed(ctx *simulator.Context, err error) {
	l.site.registry.AtomicUpdate(ctx, l, []types.PropertyChange{
		{Name: "error", Val: localized(err)}, {Name: "state", Val: types.HttpNfcLeaseStateError},
	})
	l.forgetLater()
}

// renew restarts the lease's clock.
func (l *nfcLease) renew() {
	timeout := time.Duration(l.site.config.LeaseTimeoutSeconds) * time.Second
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.expiry != nil {
		l.expiry.Stop()
	}
	l.expiry = time.AfterFunc(timeout, func() {
		ctx := *l.site.context
		err := fail(&types.Timedout{}, "the lease ended without progress for %s", timeout)
		if l.end(&ctx, types.HttpNfcLeaseStateError, err) == nil {
			log.Printf("lease %s: %v", l.Self.Value, err)
		}
	})
}

// end closes the lease: nobody can read or write any more. An import that was not completed is undone.
func (l *nfcLease) end(ctx *simulator.Context, state types.HttpNfcLeaseState, cause error) error {
	if !l.site.leases.take(l) {
		return fail(&types.InvalidState{}, "lease %s has ended", l.Self.Value)
	}
	l.mu.Lock()
	l.expiry.Stop()
	l.mu.Unlock()
	after := []func() error{l.release}
	if state != types.HttpNfcLeaseStateDone {
		after = append(after, l.discard)
	}
	for _, do := range after {
		if do == nil {
			continue
		}
		if err := do(); err != nil {
			log.Printf("lease %s: %v", l.Self.Value, err)
		}
	}
	changes := []types.PropertyChange{{Name: "state", Val: state}}
	if cause != nil {
		changes = append(changes, types.PropertyChange{Name: "error", Val: localized(cause)})
	}
	l.site.registry.AtomicUpdate(ctx, l, changes)
	l.forgetLater()
	return nil
}

func (l *nfcLease) forgetLater() {
	time.AfterFunc(leaseLinger, func() {
		ctx := *l.site.context
		l.site.registry.Remove(&ctx, l.Self)
	})
}

// HttpNfcLeaseProgress keeps the lease alive.
func (l *nfcLease) HttpNfcLeaseProgress(ctx *simulator.Context, r *types.HttpNfcLeaseProgress) soap.HasFault {
	if l.site.leases.find(l.Self.Value) != l {
		return &methods.HttpNfcLeaseProgressBody{Fault_: simulator.Fault("the lease has ended", &types.Timedout{})}
	}
	l.renew()
	l.site.registry.AtomicUpdate(ctx, l, []types.PropertyChange{{Name: "transferProgress", Val: r.Percent}})
	return &methods.HttpNfcLeaseProgressBody{Res: new(types.HttpNfcLeaseProgressResponse)}
}

// HttpNfcLeaseComplete ends the lease; an import's machine is usable from then on.
func (l *nfcLease) HttpNfcLeaseComplete(ctx *simulator.Context, _ *types.HttpNfcLeaseComplete) soap.HasFault {
	var err error
	if l.upload && l.site.leases.find(l.Self.Value) == l {
		if err = l.missing(); err == nil {
			err = l.finish()
		}
	}
	if err == nil {
		err = l.end(ctx, types.HttpNfcLeaseStateDone, nil)
	}
	if err != nil {
		return &methods.HttpNfcLeaseCompleteBody{Fault_: soapFault(err)}
	}
	return &methods.HttpNfcLeaseCompleteBody{Res: new(types.HttpNfcLeaseCompleteResponse)}
}

// missing is the error for the first disk that has not been received in whole.
func (l *nfcLease) missing() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, d := range l.disks {
		if d.received == nil {
			return fail(&types.InvalidState{}, "%s has not been received in whole", d.file)
		}
	}
	return nil
}

// HttpNfcLeaseAbort ends the lease; an import's machine and files go.
func (l *nfcLease) HttpNfcLeaseAbort(ctx *simulator.Context, r *types.HttpNfcLeaseAbort) soap.HasFault {
	if err := l.end(ctx, types.HttpNfcLeaseStateError, fail(&types.RequestCanceled{}, "aborted by the client")); err != nil {
		return &methods.HttpNfcLeaseAbortBody{Fault_: soapFault(err)}
	}
	return &methods.HttpNfcLeaseAbortBody{Res: new(types.HttpNfcLeaseAbortResponse)}
}

// HttpNfcLeaseSetManifestChecksumType asks for another sum than SHA-1 in the manifest; one for all disks here.
func (l *nfcLease) HttpNfcLeaseSetManifestChecksumType(_ *simulator.Context, r *types.HttpNfcLeaseSetManifestChecksumType) soap.HasFault {
	for _, wanted := range r.DeviceUrlsToChecksumTypes {
		if wanted.Value != string(types.HttpNfcLeaseManifestEntryChecksumTypeSha256) {
			return &methods.HttpNfcLeaseSetManifestChecksumTypeBody{
				Fault_: simulator.Fault("no such checksum here: "+wanted.Value, &types.InvalidArgument{InvalidProperty: "deviceUrlsToChecksumTypes"}),
			}
		}
	}
	l.sha256.Store(true)
	return &methods.HttpNfcLeaseSetManifestChecksumTypeBody{Res: new(types.HttpNfcLeaseSetManifestChecksumTypeResponse)}
}

// HttpNfcLeaseGetManifest is what has been received in whole, with SHA-1 as ever and, if asked for, SHA-256 beside it; for an export, what is offered.
func (l *nfcLease) HttpNfcLeaseGetManifest(_ *simulator.Context, _ *types.HttpNfcLeaseGetManifest) soap.HasFault {
	answer := new(types.HttpNfcLeaseGetManifestResponse)
	for _, d := range l.disks {
		if l.silent.Load() {
			break
		}
		l.mu.Lock()
		entry := d.received
		l.mu.Unlock()
		if entry == nil && !l.upload {
			if file, err := os.Open(d.path); err == nil {
				entry, _ = d.describe(file)
				file.Close()
			}
		}
		if entry != nil {
			line := *entry
			if !l.sha256.Load() {
				line.Checksum, line.ChecksumType = "", ""
			}
			answer.Returnval = append(answer.Returnval, line)
		}
	}
	return &methods.HttpNfcLeaseGetManifestBody{Res: answer}
}

// diskCapacity is the size of a machine's disks together, as configured.
func diskCapacity(vm *simulator.VirtualMachine) (total int64) {
	for _, device := range vm.Config.Hardware.Device {
		if disk, ok := device.(*types.VirtualDisk); ok {
			total += max(disk.CapacityInBytes, disk.CapacityInKB<<10)
		}
	}
	return total
}
