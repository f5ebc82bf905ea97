// SPDX-License-Identifier: Apache-2.0

package main

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"
)

// A machine is what stands behind a VirtualMachine of the simulator: disks, guest, frozen states.
type machine struct {
	site     *site
	ref      types.ManagedObjectReference
	mu       sync.Mutex // held by a task for as long as it works on the machine
	dir      string
	disks    map[int32]*disk                              // by device key
	frozen   map[types.ManagedObjectReference]frozenDisks // by snapshot
	imported *nfcLease                                    // the import that makes it, if one does
	address  string                                       // configured, for a machine without guestinfo.address
	// Of a machine that is a host of the lab's: its namespace, and the ports of its further adapters at the switch.
	namespace string
	legs      map[string]bool

	guestMu sync.Mutex
	guest   *guest // nil: not running
}

// addMachine puts a machine behind a VirtualMachine; base, which may be empty, is what its first disk holds.
func (s *site) addMachine(vm *simulator.VirtualMachine, base string) (*machine, error) {
	m := &machine{
		site: s, ref: vm.Self, dir: s.path("machines", vm.Self.Value),
		disks: map[int32]*disk{}, frozen: map[types.ManagedObjectReference]frozenDisks{},
		legs: map[string]bool{},
	}
	if err := os.MkdirAll(m.dir, 0o700); err != nil {
		return nil, err
	}
	if err := m.settleDisks(vm); err != nil {
		return nil, err
	}
	if disks := m.ordered(vm); len(disks) > 0 {
		disks[0].base = base
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.machines[vm.Self] = m
	return m, nil
}

// find returns a machine and its VirtualMachine.
func (s *site) find(ref types.ManagedObjectReference) (*machine, *simulator.VirtualMachine, error) {
	s.mu.Lock()
	m := s.machines[ref]
	s.mu.Unlock()
	vm, ok := s.registry.Get(ref).(*simulator.VirtualMachine)
	if m == nil || !ok {
		return nil, nil, fail(&types.ManagedObjectNotFound{Obj: ref}, "%s does not exist (any more)", ref.Value)
	}
	return m, vm, nil
}

// onMachine runs work as a task that has the machine to itself, on a machine that exists when its turn comes.
func (d *director) onMachine(ctx *simulator.Context, ref types.ManagedObjectReference, method string,
	do func(*simulator.Context, *machine, *simulator.VirtualMachine) (types.AnyType, error)) (types.ManagedObjectReference, error) {
	m, _, err := d.find(ref)
	if err != nil {
		return types.ManagedObjectReference{}, err
	}
	return d.start(ctx, ref, method, func(ctx *simulator.Context) (types.AnyType, error) {
		m.mu.Lock()
		defer m.mu.Unlock()
		m, vm, err := d.find(ref)
		if err != nil {
			return nil, err
		}
		if m.imported != nil && d.leases.find(m.imported.Self.Value) == m.imported {
			return nil, fail(&types.InvalidState{}, "%s is being imported", vm.Name)
		}
		return do(ctx, m, vm)
	}), nil
}

// drop forgets a machine that the simulator has forgotten: its guest ends, its files go.
func (s *site) drop(m *machine) error {
	m.endGuest()
	s.mu.Lock()
	delete(s.machines, m.ref)
	s.mu.Unlock()
	return os.RemoveAll(m.dir)
}

// extra reads a machine's ExtraConfig.
func extra(vm *simulator.VirtualMachine) map[string]string {
	values := map[string]string{}
	for _, option := range vm.Config.ExtraConfig {
		values[option.GetOptionValue().Key] = fmt.Sprint(option.GetOptionValue().Value)
	}
	return values
}

// nics are a machine's network cards in order.
func nics(vm *simulator.VirtualMachine) []*types.VirtualEthernetCard {
	var cards []*types.VirtualEthernetCard
	for _, device := range object.VirtualDeviceList(vm.Config.Hardware.Device) {
		if card, ok := device.(types.BaseVirtualEthernetCard); ok {
			cards = append(cards, card.GetVirtualEthernetCard())
		}
	}
	return cards
}

// plug is a running guest's MAC and bridge: those of its first network card; no bridge while it is unplugged.
func (s *site) plug(vm *simulator.VirtualMachine) (mac, bridge string, err error) {
	cards := nics(vm)
	if len(cards) == 0 {
		return "", "", errors.New("a guest needs a network card")
	}
	hardware, err := net.ParseMAC(cards[0].MacAddress)
	if err != nil {
		return "", "", err
	}
	if c := cards[0].Connectable; c != nil && !c.Connected && !c.StartConnected {
		return hardware.String(), "", nil
	}
	return hardware.String(), s.network.bridgeOf(s.networkOf(cards[0].Backing)), nil
}

// newMAC is a locally administered address of this site's own.
func (s *site) newMAC(seed string) string {
	sum := sha256.Sum256([]byte(s.config.InstanceUUID + "/" + seed))
	return net.HardwareAddr{0x02, sum[0], sum[1], sum[2], sum[3], sum[4]}.String()
}

// boots says whether powering on runs a guest: what its first disk holds decides.
func (m *machine) boots(vm *simulator.VirtualMachine) bool {
	return m.site.config.Guests != nil && m.bootDisk(vm) != nil
}

// startGuest runs the machine's guest.
func (m *machine) startGuest(vm *simulator.VirtualMachine, options map[string]string) error {
	if m.site.isClosing() {
		return errors.New("this vCenter is ending")
	}
	words, err := kernelWords(guestInfo(options))
	if err != nil {
		return err
	}
	mac, bridge, err := m.site.plug(vm)
	if err != nil {
		return err
	}
	disk := m.bootDisk(vm)
	if err := disk.ensureOverlay(); err != nil {
		return err
	}
	tap := "tap-" + m.ref.Value
	if err := m.site.network.addTap(tap, bridge); err != nil {
		return err
	}
	m.guestMu.Lock()
	defer m.guestMu.Unlock()
	g, err := m.site.config.Guests.startGuest(m.dir, tap, mac, disk, words)
	if err != nil {
		m.site.network.removeTap(tap)
		return err
	}
	g.bridge = bridge
	m.guest = g
	go m.watchGuest(g)
	return nil
}

// watchGuest shows a machine powered off when its guest has ended by itself.
func (m *machine) watchGuest(g *guest) {
	<-g.ended
	if g.wasWanted() {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.running() != g {
		return
	}
	m.endGuest()
	own := *m.site.context
	m.site.showPower(&own, m, types.VirtualMachinePowerStatePoweredOff)
}

// running is the machine's guest, or nil.
func (m *machine) running() *guest {
	m.guestMu.Lock()
	defer m.guestMu.Unlock()
	return m.guest
}

// endGuest ends the machine's guest, if one runs, and removes its tap.
func (m *machine) endGuest() {
	m.guestMu.Lock()
	defer m.guestMu.Unlock()
	if m.guest == nil {
		return
	}
	m.guest.end()
	m.site.network.removeTap(m.guest.tap)
	removeFile(filepath.Join(m.dir, "qmp.sock"))
	m.guest = nil
}
