// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// openTestSite builds a site without serving it.
func openTestSite(t *testing.T, timeoutSeconds int) *director {
	t.Helper()
	config := validConfig(t.TempDir())
	config.LeaseTimeoutSeconds = timeoutSeconds
	if err := os.WriteFile(config.PasswordFile, []byte("secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", os.TempDir()) // openSite sets it
	s, err := openSite(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.close)
	return s.registry.Get(directorRef).(*director)
}

// importLease begins an import and returns its lease once it is ready.
func importLease(t *testing.T, d *director, name string) *nfcLease {
	t.Helper()
	config := d.config.Machines[0]
	config.Name, config.UUID = name, "uuid-"+name
	answer := d.ImportVApp(d.context, &types.ImportVApp{
		This: *d.inventory.cluster.ResourcePool, Spec: &types.VirtualMachineImportSpec{ConfigSpec: d.specOf(config)},
	}).(*methods.ImportVAppBody)
	if answer.Fault_ != nil {
		t.Fatal(answer.Fault_.String)
	}
	l := d.registry.Get(answer.Res.Returnval).(*nfcLease)
	ready := func() (yes bool) {
		own := *d.context
		d.registry.WithLock(&own, l, func() { yes = l.State == types.HttpNfcLeaseStateReady })
		return yes
	}
	for deadline := time.Now().Add(5 * time.Second); !ready(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the lease does not become ready")
		}
	}
	return l
}

func put(d *director, l *nfcLease, content []byte) int {
	request := httptest.NewRequest("PUT", "/nfc/x/y", bytes.NewReader(content))
	request.SetPathValue("lease", l.Self.Value)
	request.SetPathValue("file", "disk-0.vmdk")
	answer := httptest.NewRecorder()
	d.serveNFC(answer, request)
	return answer.Code
}

func askSum(d *director, l *nfcLease, sum string) *soap.Fault {
	wanted := []types.KeyValue{{Key: l.Info.DeviceUrl[0].Key, Value: sum}}
	asked := &types.HttpNfcLeaseSetManifestChecksumType{DeviceUrlsToChecksumTypes: wanted}
	return l.HttpNfcLeaseSetManifestChecksumType(d.context, asked).Fault()
}

func TestAnImportIsStoredByteForByteAndToldInTheManifest(t *testing.T) {
	needQemuImg(t)
	d := openTestSite(t, 300)
	content, err := os.ReadFile(newDisk(t).base)
	if err != nil {
		t.Fatal(err)
	}
	l := importLease(t, d, "restored")
	if code := put(d, l, content); code != http.StatusCreated {
		t.Fatal(code)
	}
	manifest := func() types.HttpNfcLeaseManifestEntry {
		return l.HttpNfcLeaseGetManifest(d.context, nil).(*methods.HttpNfcLeaseGetManifestBody).Res.Returnval[0]
	}
	if entry := manifest(); entry.Checksum != "" || askSum(d, l, "md5") == nil || askSum(d, l, "sha256") != nil {
		t.Fatalf("a sum that nobody asked for, or that is not served: %+v", entry)
	}
	entry := manifest()
	if entry.Sha1 != fmt.Sprintf("%x", sha1.Sum(content)) || entry.Checksum != fmt.Sprintf("%x", sha256.Sum256(content)) ||
		entry.Size != int64(len(content)) || entry.Capacity != 1<<20 || entry.Key != l.Info.DeviceUrl[0].Key {
		t.Fatalf("%+v", entry)
	}
	if f := l.HttpNfcLeaseComplete(d.context, nil).Fault(); f != nil {
		t.Fatal(f.String)
	}
	m, vm, err := d.find(l.Info.Entity)
	if err != nil {
		t.Fatal(err)
	}
	stored, err := os.ReadFile(m.ordered(vm)[0].base)
	if err != nil || !bytes.Equal(stored, content) {
		t.Fatal("other bytes", err)
	}
}

func TestALeaseWithoutProgressEndsAndItsMachineGoes(t *testing.T) {
	d := openTestSite(t, 1)
	l := importLease(t, d, "restored")
	m, _, err := d.find(l.Info.Entity)
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(600 * time.Millisecond)
	if f := l.HttpNfcLeaseProgress(d.context, &types.HttpNfcLeaseProgress{Percent: 10}).Fault(); f != nil {
		t.Fatal(f.String)
	}
	time.Sleep(600 * time.Millisecond)
	if d.leases.find(l.Self.Value) == nil {
		t.Fatal("progress did not keep the lease alive")
	}
	for deadline := time.Now().Add(5 * time.Second); d.registry.Get(m.ref) != nil; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the machine is still there")
		}
	}
	if code := put(d, l, []byte("late")); code != http.StatusNotFound {
		t.Fatal(code)
	}
}

func TestAnImportNotReceivedInWholeCannotBeCompleted(t *testing.T) {
	d := openTestSite(t, 300)
	l := importLease(t, d, "restored")
	if f := l.HttpNfcLeaseComplete(d.context, nil).Fault(); f == nil {
		t.Fatal("completed")
	}
	if f := l.HttpNfcLeaseAbort(d.context, nil).Fault(); f != nil {
		t.Fatal(f.String)
	}
	if _, _, err := d.find(l.Info.Entity); err == nil {
		t.Fatal("the machine is still there")
	}
}

func TestUnknownNamesAreRefusedAndNothingIsMade(t *testing.T) {
	d := openTestSite(t, 300)
	spec := d.specOf(d.config.Machines[0])
	spec.Name = "new"
	pool, folder := *d.inventory.cluster.ResourcePool, d.inventory.folders["agency-a"]
	before := len(d.machines)
	for name, change := range map[string]func(*types.VirtualMachineConfigSpec){
		"datastore": func(s *types.VirtualMachineConfigSpec) {
			s.Files = &types.VirtualMachineFileInfo{VmPathName: "[nowhere]"}
		},
		"climbing": func(s *types.VirtualMachineConfigSpec) {
			s.Files = &types.VirtualMachineFileInfo{VmPathName: "[vsan] ../x"}
		},
		"taken": func(s *types.VirtualMachineConfigSpec) { s.Name = "one" },
		"network": func(s *types.VirtualMachineConfigSpec) {
			card := &types.VirtualVmxnet3{}
			card.Backing = &types.VirtualEthernetCardNetworkBackingInfo{VirtualDeviceDeviceBackingInfo: types.VirtualDeviceDeviceBackingInfo{DeviceName: "x"}}
			s.DeviceChange = []types.BaseVirtualDeviceConfigSpec{&types.VirtualDeviceConfigSpec{Operation: "add", Device: card}}
		},
	} {
		wrong := spec
		change(&wrong)
		own := *d.context
		if _, _, err := d.newMachine(&own, folder, wrong, &pool, nil); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if len(d.machines) != before {
		t.Fatal("a machine was made")
	}
	own := *d.context
	if _, vm, err := d.newMachine(&own, folder, spec, &pool, nil); err != nil || vm.Runtime.PowerState != off {
		t.Fatal(err)
	}
}
