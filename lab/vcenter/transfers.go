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

func (l *nfcLease) siteDir() string { return filepath.Dir(l.path) }

// offer makes a lease ready, in the background, with a frozen disk; passing: the frozen state is the lease's own.
func (d *director) offer(ctx *simulator.Context, m *machine, vm *simulator.VirtualMachine, passing bool,
	freeze func() (*frozen, error)) *nfcLease {
	l := d.newLease()
	d.start(ctx, vm.Self, "ExportVm", func(ctx *simulator.Context) (types.AnyType, error) {
		m.mu.Lock()
		f, err := freeze()
		m.mu.Unlock()
		if err == nil {
			l.path, err = f.file()
		}
		if passing && f != nil {
			l.release = f.remove
		}
		var status os.FileInfo
		if err == nil {
			status, err = os.Stat(l.path)
		}
		if err != nil {
			if l.release != nil {
				l.release()
			}
			l.failed(ctx, err)
			return nil, err
		}
		l.ready(ctx, vm, "/"+vm.Name+"/VirtualDisk:0", status.Size())
		return nil, nil
	})
	return l
}

// ExportSnapshot offers a snapshot's frozen disk.
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
	l := d.offer(ctx, m, vm, false, func() (*frozen, error) {
		if f := m.frozen[r.This]; f != nil {
			return f, nil
		}
		return nil, fail(&types.ManagedObjectNotFound{Obj: r.This}, "%s does not exist any more", r.This.Value)
	})
	return &methods.ExportSnapshotBody{Res: &types.ExportSnapshotResponse{Returnval: l.Self}}
}

// ExportVm offers the disk of a machine that is off.
func (d *director) ExportVm(ctx *simulator.Context, r *types.ExportVm) soap.HasFault {
	m, vm, err := d.find(r.This)
	if err == nil {
		err = wantPower(vm, off, off)
	}
	if err != nil {
		return &methods.ExportVmBody{Fault_: soapFault(err)}
	}
	l := d.offer(ctx, m, vm, true, m.freeze)
	return &methods.ExportVmBody{Res: &types.ExportVmResponse{Returnval: l.Self}}
}

// ImportVApp makes a machine and a lease to store its disk under. The lease becomes ready in the background, or shows why not.
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
		l.path = filepath.Join(m.disk.dir, "base.vmdk")
		l.discard = func() error { return d.discardImport(m, vm) }
		l.finish = func(path string) error { return m.useImport(path) }
		l.ready(ctx, vm, "/"+vm.Name+"/VirtualDisk:0", 0)
		return vm.Self, nil
	})
	return &methods.ImportVAppBody{Res: &types.ImportVAppResponse{Returnval: l.Self}}
}

// checkImport wants exactly one disk: that is what a machine of the lab has.
func (d *director) checkImport(spec *types.VirtualMachineConfigSpec) error {
	disks := 0
	for _, change := range spec.DeviceChange {
		if _, ok := change.GetVirtualDeviceConfigSpec().Device.(*types.VirtualDisk); ok {
			disks++
		}
	}
	if disks != 1 {
		return fail(&types.InvalidArgument{InvalidProperty: "spec.configSpec.deviceChange"}, "an import has one disk here, not %d", disks)
	}
	return d.checkSpec(spec, true)
}

// useImport makes the stored file the machine's disk, if it is one.
func (m *machine) useImport(path string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, err := capacity(path); err != nil {
		return fail(&types.InvalidState{}, "what was received is no disk: %v", err)
	}
	m.disk.base = path
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
