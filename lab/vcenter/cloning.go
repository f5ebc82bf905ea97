// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

func (d *director) CloneVMTask(ctx *simulator.Context, r *types.CloneVM_Task) soap.HasFault {
	task, err := d.onMachine(ctx, r.This, "CloneVM_Task", func(ctx *simulator.Context, source *machine,
		vm *simulator.VirtualMachine) (types.AnyType, error) {
		return d.clone(ctx, source, vm, r)
	})
	if err != nil {
		return &methods.CloneVM_TaskBody{Fault_: soapFault(err)}
	}
	return &methods.CloneVM_TaskBody{Res: &types.CloneVM_TaskResponse{Returnval: task}}
}

// clone copies a machine or template with its disk's bytes, then changes the copy as asked and powers it on if asked.
func (d *director) clone(ctx *simulator.Context, source *machine, vm *simulator.VirtualMachine,
	r *types.CloneVM_Task) (types.AnyType, error) {
	request, err := d.cloneRequest(vm, r)
	if err != nil {
		return nil, err
	}
	f, err := source.freeze(vm, true)
	if err != nil {
		return nil, err
	}
	defer f.remove()
	ref, err := d.await(vm.CloneVMTask(ctx, request).(*methods.CloneVM_TaskBody).Res.Returnval)
	if err != nil {
		return nil, err
	}
	made := d.registry.Get(ref.(types.ManagedObjectReference)).(*simulator.VirtualMachine)
	d.setName(ctx, made, r.Name)
	m, err := d.addMachine(made, "")
	if err == nil {
		m.mu.Lock()
		defer m.mu.Unlock()
		err = d.finishClone(ctx, f, vm, m, made, r.Spec)
	}
	if err != nil {
		if made.Runtime.PowerState == on {
			d.powerOff(ctx, m, made)
		}
		d.destroy(ctx, m, made)
		return nil, err
	}
	return ref, nil
}

// cloneRequest is the part of a clone request that the simulator carries out as asked, checked.
func (d *director) cloneRequest(vm *simulator.VirtualMachine, r *types.CloneVM_Task) (*types.CloneVM_Task, error) {
	location := r.Spec.Location
	folder, pool := r.Folder, location.Pool
	if location.Folder != nil {
		folder = *location.Folder
	}
	if pool == nil && !vm.Config.Template {
		pool = vm.ResourcePool
	}
	host, err := d.checkPlace(folder, pool, location.Host)
	if err != nil {
		return nil, err
	}
	if err := d.checkNewName(r.Name, folder); err != nil {
		return nil, err
	}
	if ref := location.Datastore; ref != nil {
		if _, ok := d.registry.Get(*ref).(*simulator.Datastore); !ok {
			return nil, fail(&types.InvalidArgument{InvalidProperty: "spec.location.datastore"}, "%s is no datastore", ref.Value)
		}
	}
	for _, spec := range []*types.VirtualMachineConfigSpec{r.Spec.Config, {DeviceChange: location.DeviceChange}} {
		if spec == nil {
			continue
		}
		if err := d.checkSpec(spec, false); err != nil {
			return nil, err
		}
	}
	if r.Spec.Template && r.Spec.PowerOn {
		return nil, fail(&types.InvalidArgument{InvalidProperty: "spec.powerOn"}, "a template cannot be powered on")
	}
	return &types.CloneVM_Task{This: r.This, Folder: folder, Name: fileName(r.Name), Spec: types.VirtualMachineCloneSpec{
		Location: types.VirtualMachineRelocateSpec{Pool: pool, Host: host, Datastore: location.Datastore},
	}}, nil
}

// finishClone does what the simulator leaves out: disk bytes, annotation, ExtraConfig, device changes, template mark, power.
func (d *director) finishClone(ctx *simulator.Context, f frozenDisks, source *simulator.VirtualMachine, m *machine,
	made *simulator.VirtualMachine, wanted types.VirtualMachineCloneSpec) error {
	d.registry.WithLock(ctx, made, func() {
		for i, card := range nics(made) {
			card.MacAddress = d.newMAC(fmt.Sprintf("%s/%d", made.Self.Value, i))
		}
	})
	if err := f.copyTo(source, made, m); err != nil {
		return err
	}
	spec := types.VirtualMachineConfigSpec{
		Annotation: source.Config.Annotation, Firmware: source.Config.Firmware, BootOptions: source.Config.BootOptions,
	}
	for _, option := range source.Config.ExtraConfig {
		copied := *option.GetOptionValue()
		spec.ExtraConfig = append(spec.ExtraConfig, &copied)
	}
	if err := d.reconfigure(ctx, m, made, spec); err != nil {
		return err
	}
	for _, change := range []*types.VirtualMachineConfigSpec{{DeviceChange: wanted.Location.DeviceChange}, wanted.Config} {
		if change == nil {
			continue
		}
		d.keepMACs(change.DeviceChange, source, made)
		change.Name = ""
		if err := d.reconfigure(ctx, m, made, *change); err != nil {
			return err
		}
	}
	if wanted.Template {
		d.registry.WithLock(ctx, made, func() { made.MarkAsTemplate(&types.MarkAsTemplate{This: made.Self}) })
	}
	if wanted.PowerOn {
		return d.powerOn(ctx, m, made)
	}
	return nil
}

// keepMACs gives an edited network card of a clone the clone's own address where the request repeats the source's, or none.
func (d *director) keepMACs(changes []types.BaseVirtualDeviceConfigSpec, source, made *simulator.VirtualMachine) {
	taken := map[string]bool{"": true}
	for _, card := range nics(source) {
		taken[card.MacAddress] = true
	}
	for _, change := range changes {
		c := change.GetVirtualDeviceConfigSpec()
		card, ok := c.Device.(types.BaseVirtualEthernetCard)
		if !ok || !taken[card.GetVirtualEthernetCard().MacAddress] {
			continue
		}
		for _, own := range nics(made) {
			if own.Key == card.GetVirtualEthernetCard().Key {
				card.GetVirtualEthernetCard().MacAddress = own.MacAddress
			}
		}
	}
}
