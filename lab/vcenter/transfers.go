// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// offer makes a lease ready, in the background, with frozen disks; passing: the frozen states are the lease's own.
func (d *director) offer(ctx *simulator.Context, m *machine, vm *simulator.VirtualMachine, passing bool,
	freeze func() (frozenDisks, []types.BaseVirtualDevice, error)) *nfcLease {
	l := d.newLease()
	d.start(ctx, vm.Self, "ExportVm", func(ctx *simulator.Context) (types.AnyType, error) {
		m.mu.Lock()
		f, devices, err := freeze()
		m.mu.Unlock()
		if passing && f != nil {
			l.release = f.remove
		}
		var disks []*leaseDisk
		if err == nil {
			disks, err = f.offered(vm, devices)
		}
		if err != nil {
			if l.release != nil {
				l.release()
			}
			l.failed(ctx, err)
			return nil, err
		}
		l.ready(ctx, vm, disks)
		return nil, nil
	})
	return l
}

// offered are the frozen states as files of a lease, in the order of their devices.
func (f frozenDisks) offered(vm *simulator.VirtualMachine, devices []types.BaseVirtualDevice) (disks []*leaseDisk, err error) {
	for _, device := range disksOf(devices) {
		state := f[device.Key]
		if state == nil {
			continue
		}
		path, err := state.file()
		if err != nil {
			return nil, err
		}
		status, err := os.Stat(path)
		if err != nil {
			return nil, err
		}
		disks = append(disks, &leaseDisk{
			file: fmt.Sprintf("disk-%d.vmdk", len(disks)), path: path, size: status.Size(),
			key: urlKey(vm.Self.Value, devices, device),
		})
	}
	return disks, nil
}

// ExportSnapshot offers a snapshot's frozen disks.
func (d *director) ExportSnapshot(ctx *simulator.Context, r *types.ExportSnapshot) soap.HasFault {
	snapshot, ok := d.registry.Get(r.This).(*simulator.VirtualMachineSnapshot)
	if !ok {
		err := fail(&types.ManagedObjectNotFound{Obj: r.This}, "%s does not exist (any more)", r.This.Value)
		return &methods.ExportSnapshotBody{Fault_: soapFault(err)}
	}
	m, vm, err := d.find(snapshot.Vm)
	if err != nil {
		return &methods.ExportSnapshotBody{Fault_: soapFault(err)}
	}
	l := d.offer(ctx, m, vm, false, func() (frozenDisks, []types.BaseVirtualDevice, error) {
		if f := m.frozen[r.This]; f != nil {
			return f, snapshot.Config.Hardware.Device, nil
		}
		return nil, nil, fail(&types.ManagedObjectNotFound{Obj: r.This}, "%s does not exist any more", r.This.Value)
	})
	return &methods.ExportSnapshotBody{Res: &types.ExportSnapshotResponse{Returnval: l.Self}}
}

// ExportVm offers the disks of a machine that is off.
func (d *director) ExportVm(ctx *simulator.Context, r *types.ExportVm) soap.HasFault {
	m, vm, err := d.find(r.This)
	if err == nil {
		err = wantPower(vm, off, off)
	}
	if err != nil {
		return &methods.ExportVmBody{Fault_: soapFault(err)}
	}
	l := d.offer(ctx, m, vm, true, func() (frozenDisks, []types.BaseVirtualDevice, error) {
		f, err := m.freeze(vm, true)
		return f, vm.Config.Hardware.Device, err
	})
	return &methods.ExportVmBody{Res: &types.ExportVmResponse{Returnval: l.Self}}
}

// ImportVApp makes a machine and a lease to store its disks under. The lease becomes ready in the background, or shows why not.
func (d *director) ImportVApp(ctx *simulator.Context, r *types.ImportVApp) soap.HasFault {
	spec, ok := r.Spec.(*types.VirtualMachineImportSpec)
	if !ok {
		err := fail(&types.InvalidArgument{InvalidProperty: "spec"}, "%T: only a VirtualMachineImportSpec is taken", r.Spec)
		return &methods.ImportVAppBody{Fault_: soapFault(err)}
	}
	folder := d.inventory.datacenter.VmFolder
	if r.Folder != nil {
		folder = *r.Folder
	}
	host, err := d.checkPlace(folder, &r.This, r.Host)
	if err == nil {
		err = d.checkNewName(spec.ConfigSpec.Name, folder)
	}
	if err == nil {
		err = d.checkImport(&spec.ConfigSpec)
	}
	if err != nil {
		return &methods.ImportVAppBody{Fault_: soapFault(err)}
	}
	l := d.newLease()
	l.upload = true
	d.start(ctx, r.This, "ImportVApp", func(ctx *simulator.Context) (types.AnyType, error) {
		m, vm, err := d.newMachine(ctx, folder, spec.ConfigSpec, &r.This, host)
		if err != nil {
			l.failed(ctx, err)
			return nil, err
		}
		m.mu.Lock()
		m.imported = l
		m.mu.Unlock()
		l.discard = func() error { return d.discardImport(m, vm) }
		l.finish = func() error { return m.useImport(vm) }
		l.ready(ctx, vm, m.awaited(vm))
		return vm.Self, nil
	})
	return &methods.ImportVAppBody{Res: &types.ImportVAppResponse{Returnval: l.Self}}
}

// awaited are the machine's disks as files of a lease, still to come.
func (m *machine) awaited(vm *simulator.VirtualMachine) (disks []*leaseDisk) {
	devices := vm.Config.Hardware.Device
	for i, device := range disksOf(devices) {
		disks = append(disks, &leaseDisk{
			file: fmt.Sprintf("disk-%d.vmdk", i), path: filepath.Join(m.disks[device.Key].dir, "base.vmdk"),
			key: urlKey(vm.Self.Value, devices, device), importKey: urlKey(vm.Name, devices, device),
		})
	}
	return disks
}

// checkImport wants a disk at least.
func (d *director) checkImport(spec *types.VirtualMachineConfigSpec) error {
	disks := 0
	for _, change := range spec.DeviceChange {
		if _, ok := change.GetVirtualDeviceConfigSpec().Device.(*types.VirtualDisk); ok {
			disks++
		}
	}
	if disks == 0 {
		return fail(&types.InvalidArgument{InvalidProperty: "spec.configSpec.deviceChange"}, "an import without a disk")
	}
	return d.checkSpec(spec, true)
}

// useImport makes the stored files the machine's disks, if they are disks.
func (m *machine) useImport(vm *simulator.VirtualMachine) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, d := range m.ordered(vm) {
		path := filepath.Join(d.dir, "base.vmdk")
		if _, err := capacity(path); err != nil {
			return fail(&types.InvalidState{}, "what was received is no disk: %v", err)
		}
		d.base = path
	}
	return nil
}

// discardImport removes the machine of an import that was not completed.
func (d *director) discardImport(m *machine, vm *simulator.VirtualMachine) error {
	ctx := *d.context
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, _, err := d.find(m.ref); err != nil {
		return nil // destroyed meanwhile, by somebody else
	}
	if vm.Runtime.PowerState == on {
		if err := d.powerOff(&ctx, m, vm); err != nil {
			return fmt.Errorf("%s: %w", vm.Name, err)
		}
	}
	return d.destroy(&ctx, m, vm)
}
