// SPDX-License-Identifier: Apache-2.0

package main

import (
	"slices"
	"strings"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// newMachine makes a machine without bytes from a request; its network cards get addresses if they have none.
func (s *site) newMachine(ctx *simulator.Context, folder types.ManagedObjectReference, spec types.VirtualMachineConfigSpec,
	pool, host *types.ManagedObjectReference) (*machine, *simulator.VirtualMachine, error) {
	host, err := s.checkPlace(folder, pool, host)
	if err != nil {
		return nil, nil, err
	}
	if err := s.checkNewName(spec.Name, folder); err != nil {
		return nil, nil, err
	}
	if err := s.checkSpec(&spec, true); err != nil {
		return nil, nil, err
	}
	s.giveMACs(spec.DeviceChange, spec.Name)
	name := spec.Name
	spec.Name = fileName(name)
	vm, err := s.createVM(ctx, folder, spec, *pool, host)
	if err != nil {
		return nil, nil, err
	}
	s.setName(ctx, vm, name)
	m, err := s.addMachine(vm, "")
	return m, vm, err
}

// fileName is a machine's name as its files bear it: the simulator makes no file whose name holds a percent sign.
func fileName(name string) string { return strings.ReplaceAll(name, "%", "_") }

// setName gives a machine its name in all three places.
func (s *site) setName(ctx *simulator.Context, vm *simulator.VirtualMachine, name string) {
	if vm.Name == name && vm.Config.Name == name {
		return
	}
	s.registry.AtomicUpdate(ctx, vm, []types.PropertyChange{
		{Name: "name", Val: name}, {Name: "config.name", Val: name}, {Name: "summary.config.name", Val: name},
	})
}

// giveMACs fills in addresses that a request leaves to the platform; the simulator's own repeat after 4,096 machines.
func (s *site) giveMACs(changes []types.BaseVirtualDeviceConfigSpec, seed string) {
	for i, change := range changes {
		c := change.GetVirtualDeviceConfigSpec()
		card, ok := c.Device.(types.BaseVirtualEthernetCard)
		if ok && c.Operation == types.VirtualDeviceConfigSpecOperationAdd && card.GetVirtualEthernetCard().MacAddress == "" {
			card.GetVirtualEthernetCard().MacAddress = s.newMAC(seed + "/" + string(rune('0'+i)))
		}
	}
}

func (d *director) CreateVMTask(ctx *simulator.Context, r *types.CreateVM_Task) soap.HasFault {
	task := d.start(ctx, r.This, "CreateVM_Task", func(ctx *simulator.Context) (types.AnyType, error) {
		_, vm, err := d.newMachine(ctx, r.This, r.Config, &r.Pool, r.Host)
		if err != nil {
			return nil, err
		}
		return vm.Self, nil
	})
	return &methods.CreateVM_TaskBody{Res: &types.CreateVM_TaskResponse{Returnval: task}}
}

func (d *director) ReconfigVMTask(ctx *simulator.Context, r *types.ReconfigVM_Task) soap.HasFault {
	task, err := d.onMachine(ctx, r.This, "ReconfigVM_Task", func(ctx *simulator.Context, m *machine,
		vm *simulator.VirtualMachine) (types.AnyType, error) {
		return nil, d.reconfigure(ctx, m, vm, r.Spec)
	})
	if err != nil {
		return &methods.ReconfigVM_TaskBody{Fault_: soapFault(err)}
	}
	return &methods.ReconfigVM_TaskBody{Res: &types.ReconfigVM_TaskResponse{Returnval: task}}
}

// reconfigure changes a machine, and moves a running guest's tap to the bridge of its network.
func (s *site) reconfigure(ctx *simulator.Context, m *machine, vm *simulator.VirtualMachine, spec types.VirtualMachineConfigSpec) error {
	if spec.Name != "" && spec.Name != vm.Name {
		if err := s.checkNewName(spec.Name, s.parentOf(vm.Self)); err != nil {
			return err
		}
	}
	if err := s.checkSpec(&spec, false); err != nil {
		return err
	}
	s.giveMACs(spec.DeviceChange, vm.Self.Value)
	task := vm.ReconfigVMTask(ctx, &types.ReconfigVM_Task{This: vm.Self, Spec: spec}).(*methods.ReconfigVM_TaskBody)
	if _, err := s.await(task.Res.Returnval); err != nil {
		return err
	}
	s.registry.WithLock(ctx, vm, func() { vm.Config.Hardware.Device = withOwnControllers(vm.Config.Hardware.Device) })
	if err := m.settleDisks(vm); err != nil {
		return err
	}
	s.registry.AtomicUpdate(ctx, vm, []types.PropertyChange{{Name: "guest.net", Val: s.report(vm, vm.Guest.IpAddress)}})
	return s.replug(m, vm)
}

// replug plugs the legs of a host, and moves a running guest's tap to the bridge its first adapter is plugged into, or to none.
func (s *site) replug(m *machine, vm *simulator.VirtualMachine) error {
	if m.isHost() {
		return s.plugLegs(m, vm)
	}
	g := m.running()
	if g == nil {
		return nil
	}
	_, bridge, err := s.plug(vm)
	if err != nil || bridge == g.bridge {
		return err
	}
	g.bridge = bridge
	return s.network.attach(g.tap, bridge)
}

func (d *director) DestroyTask(ctx *simulator.Context, r *types.Destroy_Task) soap.HasFault {
	var task types.ManagedObjectReference
	var err error
	switch r.This.Type {
	case "VirtualMachine":
		task, err = d.onMachine(ctx, r.This, "Destroy_Task", func(ctx *simulator.Context, m *machine,
			vm *simulator.VirtualMachine) (types.AnyType, error) {
			return nil, d.destroy(ctx, m, vm)
		})
	case "Folder":
		task = d.start(ctx, r.This, "Destroy_Task", func(ctx *simulator.Context) (types.AnyType, error) {
			return nil, d.destroyFolder(ctx, r.This)
		})
	default:
		task = d.start(ctx, r.This, "Destroy_Task", func(ctx *simulator.Context) (types.AnyType, error) {
			return nil, d.destroyPortGroup(ctx, r.This)
		})
	}
	if err != nil {
		return &methods.Destroy_TaskBody{Fault_: soapFault(err)}
	}
	return &methods.Destroy_TaskBody{Res: &types.Destroy_TaskResponse{Returnval: task}}
}

// destroy removes a machine that is off, with its snapshots and files.
func (s *site) destroy(ctx *simulator.Context, m *machine, vm *simulator.VirtualMachine) error {
	if err := wantPower(vm, off, off); err != nil {
		return err
	}
	snapshots := sortedSnapshots(m)
	task := vm.DestroyTask(ctx, &types.Destroy_Task{This: vm.Self}).(*methods.Destroy_TaskBody)
	if _, err := s.await(task.Res.Returnval); err != nil {
		return err
	}
	for _, ref := range snapshots {
		s.registry.Remove(ctx, ref)
	}
	return s.drop(m)
}

func sortedSnapshots(m *machine) []types.ManagedObjectReference {
	var refs []types.ManagedObjectReference
	for ref := range m.frozen {
		refs = append(refs, ref)
	}
	return refs
}

// destroyFolder removes an empty folder. (A real vCenter would take everything below it along; the simulator would lose track of it.)
func (s *site) destroyFolder(ctx *simulator.Context, ref types.ManagedObjectReference) error {
	folder, ok := s.registry.Get(ref).(*simulator.Folder)
	if !ok {
		return fail(&types.ManagedObjectNotFound{Obj: ref}, "%s does not exist (any more)", ref.Value)
	}
	if len(folder.ChildEntity) > 0 {
		return fail(&types.ResourceInUse{Type: "Folder", Name: folder.Name}, "folder %s is not empty", folder.Name)
	}
	task := folder.DestroyTask(ctx, &types.Destroy_Task{This: ref}).(*methods.Destroy_TaskBody)
	_, err := s.await(task.Res.Returnval)
	return err
}

// UnregisterVM takes a machine that is off out of the inventory. Nothing could register it again, so its files go too.
func (d *director) UnregisterVM(ctx *simulator.Context, r *types.UnregisterVM) soap.HasFault {
	m, vm, err := d.find(r.This)
	if err != nil {
		return &methods.UnregisterVMBody{Fault_: soapFault(err)}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	own := *ctx
	if err := d.destroy(&own, m, vm); err != nil {
		return &methods.UnregisterVMBody{Fault_: soapFault(err)}
	}
	return &methods.UnregisterVMBody{Res: new(types.UnregisterVMResponse)}
}

func (d *director) MoveIntoFolderTask(ctx *simulator.Context, r *types.MoveIntoFolder_Task) soap.HasFault {
	task := d.start(ctx, r.This, "MoveIntoFolder_Task", func(ctx *simulator.Context) (types.AnyType, error) {
		folder, ok := d.registry.Get(r.This).(*simulator.Folder)
		if !ok {
			return nil, fail(&types.ManagedObjectNotFound{Obj: r.This}, "%s does not exist (any more)", r.This.Value)
		}
		for _, ref := range r.List {
			if d.registry.Get(ref) == nil || d.registry.Get(d.parentOf(ref)) == nil {
				return nil, fail(&types.ManagedObjectNotFound{Obj: ref}, "%s does not exist (any more)", ref.Value)
			}
			if ref == r.This || !slices.Contains(folder.ChildType, ref.Type) {
				return nil, fail(&types.NotSupported{}, "%s cannot lie in folder %s", ref.Value, folder.Name)
			}
			if d.parentOf(ref) != r.This {
				if err := d.checkNewName(d.nameOf(ref), r.This); err != nil {
					return nil, err
				}
			}
		}
		task := folder.MoveIntoFolderTask(ctx, r).(*methods.MoveIntoFolder_TaskBody)
		return d.await(task.Res.Returnval)
	})
	return &methods.MoveIntoFolder_TaskBody{Res: &types.MoveIntoFolder_TaskResponse{Returnval: task}}
}

func (d *director) CreateFolder(ctx *simulator.Context, r *types.CreateFolder) soap.HasFault {
	folder, ok := d.registry.Get(r.This).(*simulator.Folder)
	err := d.checkNewName(r.Name, r.This)
	if !ok {
		err = fail(&types.ManagedObjectNotFound{Obj: r.This}, "%s does not exist (any more)", r.This.Value)
	}
	if err != nil {
		return &methods.CreateFolderBody{Fault_: soapFault(err)}
	}
	return folder.CreateFolder(ctx, r)
}

// RenameTask renames a machine, folder or port group. The simulator changes a machine's name in one of its three places.
func (d *director) RenameTask(ctx *simulator.Context, r *types.Rename_Task) soap.HasFault {
	task := d.start(ctx, r.This, "Rename_Task", func(ctx *simulator.Context) (types.AnyType, error) {
		old := d.nameOf(r.This)
		if old == r.NewName {
			return nil, nil
		}
		if err := d.checkNewName(r.NewName, d.parentOf(r.This)); err != nil {
			return nil, err
		}
		entity, ok := d.registry.Get(r.This).(interface {
			RenameTask(*simulator.Context, *types.Rename_Task) soap.HasFault
		})
		if !ok {
			return nil, fail(&types.ManagedObjectNotFound{Obj: r.This}, "%s does not exist (any more)", r.This.Value)
		}
		if _, err := d.await(entity.RenameTask(ctx, r).(*methods.Rename_TaskBody).Res.Returnval); err != nil {
			return nil, err
		}
		switch renamed := d.registry.Get(r.This).(type) {
		case *simulator.VirtualMachine:
			d.setName(ctx, renamed, r.NewName)
		case *simulator.DistributedVirtualPortgroup:
			d.network.rename(old, r.NewName)
		}
		return nil, nil
	})
	return &methods.Rename_TaskBody{Res: &types.Rename_TaskResponse{Returnval: task}}
}
