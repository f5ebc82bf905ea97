// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

var freezes atomic.Int64 // names the files of frozen states

// freeze keeps what the machine's guest has written so far. A running guest stands still meanwhile; QEMU has then flushed its files.
func (m *machine) freeze(vm *simulator.VirtualMachine, all bool) (f frozenDisks, err error) {
	if g := m.running(); g != nil {
		if _, err := g.ask("stop"); err != nil {
			return nil, err
		}
		defer func() {
			if _, stuck := g.ask("cont"); stuck != nil {
				err = errors.Join(err, fmt.Errorf("the guest does not go on: %w", stuck))
			}
		}()
	}
	return m.freezeDisks(vm, fmt.Sprintf("frozen-%d", freezes.Add(1)), all)
}

// createSnapshot freezes the disks, and only then makes the snapshot.
func (d *director) createSnapshot(ctx *simulator.Context, m *machine, vm *simulator.VirtualMachine,
	r *types.CreateSnapshotEx_Task) (types.AnyType, error) {
	f, err := m.freeze(vm, false)
	if err != nil {
		f.remove()
		return nil, fail(&types.SnapshotFault{}, "%s: its disks cannot be frozen: %v", vm.Name, err)
	}
	task := vm.CreateSnapshotExTask(ctx, r).(*methods.CreateSnapshotEx_TaskBody)
	ref, err := d.await(task.Res.Returnval)
	if err != nil {
		f.remove()
		return nil, err
	}
	m.frozen[ref.(types.ManagedObjectReference)] = f
	return ref, nil
}

func (d *director) CreateSnapshotTask(ctx *simulator.Context, r *types.CreateSnapshot_Task) soap.HasFault {
	full := &types.CreateSnapshotEx_Task{This: r.This, Name: r.Name, Description: r.Description, Memory: r.Memory}
	if r.Quiesce {
		full.QuiesceSpec = &types.VirtualMachineGuestQuiesceSpec{}
	}
	answer := d.CreateSnapshotExTask(ctx, full).(*methods.CreateSnapshotEx_TaskBody)
	if answer.Fault_ != nil {
		return &methods.CreateSnapshot_TaskBody{Fault_: answer.Fault_}
	}
	return &methods.CreateSnapshot_TaskBody{Res: &types.CreateSnapshot_TaskResponse{Returnval: answer.Res.Returnval}}
}

func (d *director) CreateSnapshotExTask(ctx *simulator.Context, r *types.CreateSnapshotEx_Task) soap.HasFault {
	task, err := d.onMachine(ctx, r.This, "CreateSnapshot_Task", func(ctx *simulator.Context, m *machine,
		vm *simulator.VirtualMachine) (types.AnyType, error) {
		return d.createSnapshot(ctx, m, vm, r)
	})
	if err != nil {
		return &methods.CreateSnapshotEx_TaskBody{Fault_: soapFault(err)}
	}
	return &methods.CreateSnapshotEx_TaskBody{Res: &types.CreateSnapshotEx_TaskResponse{Returnval: task}}
}

// onSnapshot runs work as a task that has the snapshot's machine to itself.
func (d *director) onSnapshot(ctx *simulator.Context, ref types.ManagedObjectReference, method string,
	do func(*simulator.Context, *machine, *simulator.VirtualMachine, *simulator.VirtualMachineSnapshot) error,
) (types.ManagedObjectReference, error) {
	snapshot, ok := d.registry.Get(ref).(*simulator.VirtualMachineSnapshot)
	if !ok {
		return ref, fail(&types.ManagedObjectNotFound{Obj: ref}, "%s does not exist (any more)", ref.Value)
	}
	return d.onMachine(ctx, snapshot.Vm, method, func(ctx *simulator.Context, m *machine,
		vm *simulator.VirtualMachine) (types.AnyType, error) {
		if m.frozen[ref] == nil {
			return nil, fail(&types.ManagedObjectNotFound{Obj: ref}, "%s does not exist any more", ref.Value)
		}
		return nil, do(ctx, m, vm, snapshot)
	})
}

func (d *director) RemoveSnapshotTask(ctx *simulator.Context, r *types.RemoveSnapshot_Task) soap.HasFault {
	task, err := d.onSnapshot(ctx, r.This, "RemoveSnapshot_Task", func(ctx *simulator.Context, m *machine, vm *simulator.VirtualMachine,
		snapshot *simulator.VirtualMachineSnapshot) error {
		gone := []types.ManagedObjectReference{r.This}
		if r.RemoveChildren && vm.Snapshot != nil {
			gone = below(vm.Snapshot.RootSnapshotList, r.This, false)
		}
		task := snapshot.RemoveSnapshotTask(ctx, r).(*methods.RemoveSnapshot_TaskBody)
		if _, err := d.await(task.Res.Returnval); err != nil {
			return err
		}
		return d.thaw(ctx, m, gone)
	})
	if err != nil {
		return &methods.RemoveSnapshot_TaskBody{Fault_: soapFault(err)}
	}
	return &methods.RemoveSnapshot_TaskBody{Res: &types.RemoveSnapshot_TaskResponse{Returnval: task}}
}

// below lists a snapshot and all its descendants; the simulator forgets the latter when it removes the former.
func below(tree []types.VirtualMachineSnapshotTree, ref types.ManagedObjectReference, inside bool) []types.ManagedObjectReference {
	var refs []types.ManagedObjectReference
	for _, node := range tree {
		found := inside || node.Snapshot == ref
		if found {
			refs = append(refs, node.Snapshot)
		}
		refs = append(refs, below(node.ChildSnapshotList, ref, found)...)
	}
	return refs
}

// thaw removes the frozen states and what is left of the objects of removed snapshots.
func (d *director) thaw(ctx *simulator.Context, m *machine, gone []types.ManagedObjectReference) error {
	var wrong []error
	for _, ref := range gone {
		if f := m.frozen[ref]; f != nil {
			wrong = append(wrong, f.remove())
			delete(m.frozen, ref)
		}
		if d.registry.Get(ref) != nil {
			d.registry.Remove(ctx, ref)
		}
	}
	return errors.Join(wrong...)
}

func (d *director) RemoveAllSnapshotsTask(ctx *simulator.Context, r *types.RemoveAllSnapshots_Task) soap.HasFault {
	task, err := d.onMachine(ctx, r.This, "RemoveAllSnapshots_Task", func(ctx *simulator.Context, m *machine,
		vm *simulator.VirtualMachine) (types.AnyType, error) {
		task := vm.RemoveAllSnapshotsTask(ctx, r).(*methods.RemoveAllSnapshots_TaskBody)
		if _, err := d.await(task.Res.Returnval); err != nil {
			return nil, err
		}
		var gone []types.ManagedObjectReference
		for ref := range m.frozen {
			gone = append(gone, ref)
		}
		return nil, d.thaw(ctx, m, gone)
	})
	if err != nil {
		return &methods.RemoveAllSnapshots_TaskBody{Fault_: soapFault(err)}
	}
	return &methods.RemoveAllSnapshots_TaskBody{Res: &types.RemoveAllSnapshots_TaskResponse{Returnval: task}}
}

func (d *director) RevertToSnapshotTask(ctx *simulator.Context, r *types.RevertToSnapshot_Task) soap.HasFault {
	task, err := d.onSnapshot(ctx, r.This, "RevertToSnapshot_Task", func(ctx *simulator.Context, m *machine, vm *simulator.VirtualMachine,
		snapshot *simulator.VirtualMachineSnapshot) error {
		task := func() types.ManagedObjectReference {
			return snapshot.RevertToSnapshotTask(ctx, r).(*methods.RevertToSnapshot_TaskBody).Res.Returnval
		}
		return d.revert(ctx, m, vm, r.This, task)
	})
	if err != nil {
		return &methods.RevertToSnapshot_TaskBody{Fault_: soapFault(err)}
	}
	return &methods.RevertToSnapshot_TaskBody{Res: &types.RevertToSnapshot_TaskResponse{Returnval: task}}
}

func (d *director) RevertToCurrentSnapshotTask(ctx *simulator.Context, r *types.RevertToCurrentSnapshot_Task) soap.HasFault {
	task, err := d.onMachine(ctx, r.This, "RevertToCurrentSnapshot_Task", func(ctx *simulator.Context, m *machine,
		vm *simulator.VirtualMachine) (types.AnyType, error) {
		if vm.Snapshot == nil || vm.Snapshot.CurrentSnapshot == nil {
			return nil, fail(&types.NotFound{}, "%s has no snapshot", vm.Name)
		}
		return nil, d.revert(ctx, m, vm, *vm.Snapshot.CurrentSnapshot, func() types.ManagedObjectReference {
			return vm.RevertToCurrentSnapshotTask(ctx, r).(*methods.RevertToCurrentSnapshot_TaskBody).Res.Returnval
		})
	})
	if err != nil {
		return &methods.RevertToCurrentSnapshot_TaskBody{Fault_: soapFault(err)}
	}
	return &methods.RevertToCurrentSnapshot_TaskBody{Res: &types.RevertToCurrentSnapshot_TaskResponse{Returnval: task}}
}

// revert puts the frozen bytes back and has the simulator do its part. A guest that was running runs again, on them.
func (d *director) revert(ctx *simulator.Context, m *machine, vm *simulator.VirtualMachine, ref types.ManagedObjectReference,
	begin func() types.ManagedObjectReference) error {
	f, ran := m.frozen[ref], m.running() != nil
	if f == nil {
		return fail(&types.ManagedObjectNotFound{Obj: ref}, "%s does not exist any more", ref.Value)
	}
	if ran {
		if err := d.powerOff(ctx, m, vm); err != nil {
			return err
		}
	}
	for key, state := range f {
		if d := m.disks[key]; d != nil {
			if err := d.restore(state); err != nil {
				return err
			}
		}
	}
	if _, err := d.await(begin()); err != nil {
		return err
	}
	if ran {
		return d.powerOn(ctx, m, vm)
	}
	return nil
}
