// SPDX-License-Identifier: Apache-2.0

package main

import (
	"slices"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

func (d *director) AddDVPortgroupTask(ctx *simulator.Context, r *types.AddDVPortgroup_Task) soap.HasFault {
	task := d.start(ctx, r.This, "AddDVPortgroup_Task", func(ctx *simulator.Context) (types.AnyType, error) {
		for _, spec := range r.Spec {
			if _, err := d.addPortGroup(ctx, spec); err != nil {
				return nil, err
			}
		}
		return nil, nil
	})
	return &methods.AddDVPortgroup_TaskBody{Res: &types.AddDVPortgroup_TaskResponse{Returnval: task}}
}

// CreateDVPortgroupTask is AddDVPortgroup_Task for one port group, which is the task's result.
func (d *director) CreateDVPortgroupTask(ctx *simulator.Context, r *types.CreateDVPortgroup_Task) soap.HasFault {
	task := d.start(ctx, r.This, "CreateDVPortgroup_Task", func(ctx *simulator.Context) (types.AnyType, error) {
		return d.addPortGroup(ctx, r.Spec)
	})
	return &methods.CreateDVPortgroup_TaskBody{Res: &types.CreateDVPortgroup_TaskResponse{Returnval: task}}
}

// addPortGroup makes a port group and its bridge.
func (s *site) addPortGroup(ctx *simulator.Context, spec types.DVPortgroupConfigSpec) (types.AnyType, error) {
	if err := s.checkNewName(spec.Name, s.inventory.datacenter.NetworkFolder); err != nil {
		return nil, err
	}
	if spec.Type == "" {
		spec.Type = string(types.DistributedVirtualPortgroupPortgroupTypeEarlyBinding)
	}
	spec.NumPorts = max(spec.NumPorts, 8)
	if err := s.network.addBridge(spec.Name); err != nil {
		return nil, err
	}
	dvs := s.inventory.dvs
	task := dvs.AddDVPortgroupTask(ctx, &types.AddDVPortgroup_Task{This: dvs.Self, Spec: []types.DVPortgroupConfigSpec{spec}})
	if _, err := s.await(task.(*methods.AddDVPortgroup_TaskBody).Res.Returnval); err != nil {
		s.network.removeBridge(spec.Name)
		return nil, err
	}
	cluster := s.inventory.cluster
	s.registry.WithLock(ctx, cluster, func() { cluster.Network = unique(cluster.Network) })
	return s.registry.FindByName(spec.Name, s.inventory.datacenter.Network).Reference(), nil
}

// unique drops repetitions: the simulator lists a port group once per host in the cluster's networks.
func unique(refs []types.ManagedObjectReference) []types.ManagedObjectReference {
	var kept []types.ManagedObjectReference
	for _, ref := range refs {
		if !slices.Contains(kept, ref) {
			kept = append(kept, ref)
		}
	}
	return kept
}

// destroyPortGroup removes a port group that no machine is on, its bridge, and what the simulator forgets: its hosts' references.
func (s *site) destroyPortGroup(ctx *simulator.Context, ref types.ManagedObjectReference) error {
	group, ok := s.registry.Get(ref).(*simulator.DistributedVirtualPortgroup)
	if !ok {
		return fail(&types.ManagedObjectNotFound{Obj: ref}, "%s does not exist (any more)", ref.Value)
	}
	for _, entity := range s.registry.All("VirtualMachine") {
		vm := entity.(*simulator.VirtualMachine)
		if simulator.FindReference(vm.Network, ref) != nil {
			return fail(&types.ResourceInUse{Type: ref.Type, Name: group.Name}, "port group %s is used by %s", group.Name, vm.Name)
		}
	}
	task := group.DestroyTask(ctx, &types.Destroy_Task{This: ref}).(*methods.Destroy_TaskBody)
	if _, err := s.await(task.Res.Returnval); err != nil {
		return err
	}
	s.forgetReferences(ctx, ref)
	return s.network.removeBridge(group.Name)
}

// forgetNetwork removes a network that the simulator made by itself.
func (s *site) forgetNetwork(ctx *simulator.Context, ref types.ManagedObjectReference) {
	folder, datacenter := s.registry.Get(s.inventory.datacenter.NetworkFolder).(*simulator.Folder), s.inventory.datacenter
	s.registry.Remove(ctx, ref)
	s.registry.WithLock(ctx, folder, func() { folder.ChildEntity = without(folder.ChildEntity, ref) })
	s.registry.WithLock(ctx, datacenter, func() { datacenter.Network = without(datacenter.Network, ref) })
	s.forgetReferences(ctx, ref)
}

// forgetReferences takes a network out of what cluster and hosts list.
func (s *site) forgetReferences(ctx *simulator.Context, network types.ManagedObjectReference) {
	cluster := s.inventory.cluster
	s.registry.WithLock(ctx, cluster, func() { cluster.Network = without(cluster.Network, network) })
	for _, ref := range s.inventory.hosts {
		if host, ok := s.registry.Get(ref).(*simulator.HostSystem); ok {
			s.registry.WithLock(ctx, host, func() { host.Network = without(host.Network, network) })
		}
	}
}

// without is a list of its own: the simulator's lists of networks share memory.
func without(refs []types.ManagedObjectReference, gone types.ManagedObjectReference) []types.ManagedObjectReference {
	kept := make([]types.ManagedObjectReference, 0, len(refs))
	for _, ref := range refs {
		if ref != gone {
			kept = append(kept, ref)
		}
	}
	return slices.Clip(kept)
}
