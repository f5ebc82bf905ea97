// SPDX-License-Identifier: Apache-2.0

package main

import (
	"slices"
	"strings"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// The simulator panics, and its process ends, on a name it does not know in a goroutine of its own. So every reference and name in a
// request is looked up first.

// checkPlace finds the folder, pool and host of a new machine; without a host it takes the next usable one in turn.
func (s *site) checkPlace(folder types.ManagedObjectReference, pool *types.ManagedObjectReference,
	host *types.ManagedObjectReference) (*types.ManagedObjectReference, error) {
	if f, ok := s.registry.Get(folder).(*simulator.Folder); !ok || !slices.Contains(f.ChildType, "VirtualMachine") {
		return nil, fail(&types.InvalidArgument{InvalidProperty: "folder"}, "%s is no folder for machines", folder.Value)
	}
	if pool == nil {
		return nil, fail(&types.InvalidArgument{InvalidProperty: "pool"}, "a resource pool is needed")
	}
	if _, ok := s.registry.Get(*pool).(*simulator.ResourcePool); !ok {
		return nil, fail(&types.InvalidArgument{InvalidProperty: "pool"}, "%s is no resource pool", pool.Value)
	}
	if host != nil {
		if _, ok := s.registry.Get(*host).(*simulator.HostSystem); !ok {
			return nil, fail(&types.InvalidArgument{InvalidProperty: "host"}, "%s is no host", host.Value)
		}
		return host, nil
	}
	var best *simulator.HostSystem
	for _, ref := range s.inventory.hosts {
		h, ok := s.registry.Get(ref).(*simulator.HostSystem)
		if ok && !h.Runtime.InMaintenanceMode && (best == nil || len(h.Vm) < len(best.Vm)) {
			best = h
		}
	}
	if best == nil {
		return nil, fail(&types.NoCompatibleHost{}, "every host is in maintenance mode")
	}
	return &best.Self, nil
}

// checkNewName refuses a name that is none or that the folder has already.
func (s *site) checkNewName(name string, folder types.ManagedObjectReference) error {
	if err := checkName(name); err != nil {
		return fail(&types.InvalidName{Name: name}, "%v", err)
	}
	parent, ok := s.registry.Get(folder).(*simulator.Folder)
	if !ok {
		return nil
	}
	if taken := s.registry.FindByName(name, parent.ChildEntity); taken != nil {
		return fail(&types.DuplicateName{Name: name, Object: taken.Reference()}, "the folder has a %q already", name)
	}
	return nil
}

// checkSpec refuses unknown datastores and networks, and devices the simulator cannot hold. whole: for a new machine.
func (s *site) checkSpec(spec *types.VirtualMachineConfigSpec, whole bool) error {
	if whole && spec.Files == nil {
		return fail(&types.InvalidVmConfig{Property: "configSpec.files.vmPathName"}, "files.vmPathName is missing: \"[%s]\"", s.config.Datastore)
	}
	if spec.Files != nil {
		f := spec.Files
		for _, path := range []string{f.VmPathName, f.SnapshotDirectory, f.SuspendDirectory, f.LogDirectory} {
			if err := s.checkDatastorePath(path); err != nil {
				return err
			}
		}
	}
	for _, change := range spec.DeviceChange {
		c := change.GetVirtualDeviceConfigSpec()
		if c.Device == nil {
			return fail(&types.InvalidDeviceSpec{}, "a device change without a device")
		}
		if c.Operation == types.VirtualDeviceConfigSpecOperationRemove {
			continue
		}
		if err := s.checkBacking(c.Device); err != nil {
			return err
		}
	}
	return nil
}

// checkBacking looks up what a device stands on.
func (s *site) checkBacking(device types.BaseVirtualDevice) error {
	d := device.GetVirtualDevice()
	if _, isCard := device.(types.BaseVirtualEthernetCard); isCard && s.networkOf(d.Backing) == "" {
		return fail(&types.InvalidDeviceBacking{}, "the network card's network does not exist here")
	}
	if _, isDisk := device.(*types.VirtualDisk); isDisk {
		if _, flat := d.Backing.(*types.VirtualDiskFlatVer2BackingInfo); !flat {
			return fail(&types.InvalidDeviceBacking{}, "a disk is backed by VirtualDiskFlatVer2BackingInfo")
		}
		if d.UnitNumber == nil {
			return fail(&types.InvalidDeviceSpec{}, "a disk needs a unit number")
		}
	}
	if backing, ok := d.Backing.(types.BaseVirtualDeviceFileBackingInfo); ok {
		return s.checkDatastorePath(backing.GetVirtualDeviceFileBackingInfo().FileName)
	}
	return nil
}

// checkDatastorePath refuses "[unknown] path" and paths that climb. An empty one is left to the simulator.
func (s *site) checkDatastorePath(path string) error {
	if path == "" {
		return nil
	}
	var p object.DatastorePath
	if !p.FromString(path) || strings.Contains(p.Path, "..") {
		return fail(&types.InvalidDatastorePath{DatastorePath: path}, "%q is no datastore path", path)
	}
	if s.registry.FindByName(p.Datastore, s.inventory.datacenter.Datastore) == nil {
		return fail(&types.InvalidDatastorePath{DatastorePath: path}, "there is no datastore %q", p.Datastore)
	}
	return nil
}

// networkOf is the name of the network behind a network card, or empty if there is none of that name or key.
func (s *site) networkOf(backing types.BaseVirtualDeviceBackingInfo) string {
	switch b := backing.(type) {
	case *types.VirtualEthernetCardDistributedVirtualPortBackingInfo:
		ref := types.ManagedObjectReference{Type: "DistributedVirtualPortgroup", Value: b.Port.PortgroupKey}
		if group, ok := s.registry.Get(ref).(*simulator.DistributedVirtualPortgroup); ok && b.Port.SwitchUuid == s.inventory.dvs.Uuid {
			return group.Name
		}
	case *types.VirtualEthernetCardNetworkBackingInfo:
		if s.registry.FindByName(b.DeviceName, s.inventory.datacenter.Network) != nil {
			return b.DeviceName
		}
	}
	return ""
}

// backingOf is the backing of a network card on a port group.
func (s *site) backingOf(network string) types.BaseVirtualDeviceBackingInfo {
	group, ok := s.registry.FindByName(network, s.inventory.datacenter.Network).(*simulator.DistributedVirtualPortgroup)
	if !ok {
		return nil
	}
	return &types.VirtualEthernetCardDistributedVirtualPortBackingInfo{
		Port: types.DistributedVirtualSwitchPortConnection{PortgroupKey: group.Key, SwitchUuid: s.inventory.dvs.Uuid},
	}
}

// parentOf is where an entity lies.
func (s *site) parentOf(ref types.ManagedObjectReference) types.ManagedObjectReference {
	if entity, ok := s.registry.Get(ref).(mo.Entity); ok && entity.Entity().Parent != nil {
		return *entity.Entity().Parent
	}
	return types.ManagedObjectReference{}
}
