// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"
)

// disksOf are the disks among devices, in the order of their places on their controllers.
func disksOf(devices []types.BaseVirtualDevice) []*types.VirtualDisk {
	var disks []*types.VirtualDisk
	for _, device := range devices {
		if disk, ok := device.(*types.VirtualDisk); ok {
			disks = append(disks, disk)
		}
	}
	slices.SortStableFunc(disks, func(a, b *types.VirtualDisk) int {
		return cmp.Or(cmp.Compare(a.ControllerKey, b.ControllerKey), cmp.Compare(unitOf(a), unitOf(b)))
	})
	return disks
}

func unitOf(disk *types.VirtualDisk) int32 {
	if disk.UnitNumber == nil {
		return 0
	}
	return *disk.UnitNumber
}

// urlKey names a disk's place as the device URLs of a lease do: "/vm-12/ParaVirtualSCSIController0:1".
func urlKey(owner string, devices []types.BaseVirtualDevice, disk *types.VirtualDisk) string {
	kind, bus := "Virtual", int32(0)
	if device := object.VirtualDeviceList(devices).FindByKey(disk.ControllerKey); device != nil {
		kind = reflect.TypeOf(device).Elem().Name()
		if controller, ok := device.(types.BaseVirtualController); ok {
			bus = controller.GetVirtualController().BusNumber
		}
	}
	return fmt.Sprintf("/%s/%s%d:%d", owner, kind, bus, unitOf(disk))
}

// settleDisks puts a disk behind every disk device of the machine that has none yet, and forgets those whose device is gone.
func (m *machine) settleDisks(vm *simulator.VirtualMachine) error {
	there := map[int32]bool{}
	for i, device := range disksOf(vm.Config.Hardware.Device) {
		there[device.Key] = true
		if m.disks[device.Key] != nil {
			continue
		}
		seed := vm.Config.InstanceUuid
		if i > 0 {
			seed = fmt.Sprintf("%s/%d", seed, device.Key)
		}
		d := &disk{dir: filepath.Join(m.dir, fmt.Sprintf("disk-%d", device.Key)), seed: seed}
		if err := os.MkdirAll(d.dir, 0o700); err != nil {
			return err
		}
		m.disks[device.Key] = d
	}
	for key, d := range m.disks {
		if there[key] {
			continue
		}
		delete(m.disks, key)
		if len(m.frozen) == 0 { // else snapshots still hold it; it goes with the machine
			os.RemoveAll(d.dir)
		}
	}
	return nil
}

// ordered are the machine's disks in order.
func (m *machine) ordered(vm *simulator.VirtualMachine) (disks []*disk) {
	for _, device := range disksOf(vm.Config.Hardware.Device) {
		if d := m.disks[device.Key]; d != nil {
			disks = append(disks, d)
		}
	}
	return disks
}

// frozenDisks are the states of a machine's disks at one moment, by device key.
type frozenDisks map[int32]*frozen

func (f frozenDisks) remove() error {
	var wrong []error
	for _, one := range f {
		wrong = append(wrong, one.remove())
	}
	return errors.Join(wrong...)
}

// freezeDisks keeps the disks' present state under a name. The guest must not be writing. all: the independent ones, too.
func (m *machine) freezeDisks(vm *simulator.VirtualMachine, name string, all bool) (frozenDisks, error) {
	states := frozenDisks{}
	for _, device := range disksOf(vm.Config.Hardware.Device) {
		d := m.disks[device.Key]
		if d == nil || !all && isIndependent(device) {
			continue
		}
		f, err := d.freeze(name)
		if err != nil {
			states.remove()
			return nil, err
		}
		states[device.Key] = f
	}
	return states, nil
}

func isIndependent(device *types.VirtualDisk) bool {
	backing, ok := device.Backing.(*types.VirtualDiskFlatVer2BackingInfo)
	return ok && strings.HasPrefix(backing.DiskMode, "independent")
}

// copyTo gives another machine's disks bytes equal to the frozen ones, disk by disk in order.
func (f frozenDisks) copyTo(source, made *simulator.VirtualMachine, m *machine) error {
	targets := m.ordered(made)
	for i, device := range disksOf(source.Config.Hardware.Device) {
		if state := f[device.Key]; state != nil && i < len(targets) {
			if err := state.copyTo(targets[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// bootDisk is the disk a guest boots from, or nil: the first one, when it holds the file system of the lab's guests.
func (m *machine) bootDisk(vm *simulator.VirtualMachine) *disk {
	disks := m.ordered(vm)
	if len(disks) == 0 || !disks[0].holdsGuest() {
		return nil
	}
	return disks[0]
}

const guestLabel = "guest" // of the file system that lab/guest_image.py makes

// holdsGuest looks for an ext4 file system of that label at the disk's beginning.
func (d *disk) holdsGuest() bool {
	if d.base == "" {
		return false
	}
	if d.looked != d.base {
		d.looked, d.guest = d.base, beginsWithGuest(d.base, d.dir)
	}
	return d.guest
}

func beginsWithGuest(path, dir string) bool {
	head := filepath.Join(dir, "head.raw")
	defer os.Remove(head)
	if err := qemuImg("dd", "-U", "-f", "vmdk", "-O", "raw", "bs=2048", "count=1", "if="+path, "of="+head); err != nil {
		return false
	}
	content, err := os.ReadFile(head)
	if err != nil || len(content) < 2048 {
		return false
	}
	superblock := content[1024:]
	label := superblock[120:136]
	return bytes.Equal(superblock[56:58], []byte{0x53, 0xEF}) && string(bytes.TrimRight(label, "\x00")) == guestLabel
}
