// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"net"
	"os"

	"github.com/google/uuid"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/types"
)

// inventory is what every machine is placed on.
type inventory struct {
	datacenter *simulator.Datacenter
	cluster    *simulator.ClusterComputeResource
	hosts      []types.ManagedObjectReference
	datastore  *simulator.Datastore
	dvs        *simulator.DistributedVirtualSwitch
	folders    map[string]types.ManagedObjectReference // "" is the datacenter's own
}

// build makes datacenter, cluster, hosts, datastore, port groups, folders and machines.
func (s *site) build() error {
	for _, part := range []func() error{s.buildCluster, s.buildDatastore, s.buildNetworks, s.buildFolders} {
		if err := part(); err != nil {
			return err
		}
	}
	for i := range s.config.Machines {
		if err := s.buildMachine(i); err != nil {
			return fmt.Errorf("machine %s: %w", s.config.Machines[i].Name, err)
		}
	}
	return nil
}

func (s *site) buildCluster() error {
	ctx := s.context
	root := s.registry.Get(s.content.RootFolder).(*simulator.Folder)
	made := root.CreateDatacenter(ctx, &types.CreateDatacenter{This: root.Self, Name: s.config.Datacenter}).(*methods.CreateDatacenterBody)
	s.inventory.datacenter = s.registry.Get(made.Res.Returnval).(*simulator.Datacenter)
	hosts := s.registry.Get(s.inventory.datacenter.HostFolder).(*simulator.Folder)
	cluster := hosts.CreateClusterEx(ctx, &types.CreateClusterEx{This: hosts.Self, Name: s.config.Cluster}).(*methods.CreateClusterExBody)
	if cluster.Fault_ != nil {
		return fmt.Errorf("cluster %s: %s", s.config.Cluster, cluster.Fault_.String)
	}
	s.inventory.cluster = s.registry.Get(cluster.Res.Returnval).(*simulator.ClusterComputeResource)
	for _, name := range s.config.Hosts {
		task := s.inventory.cluster.AddHostTask(ctx, &types.AddHost_Task{
			This: s.inventory.cluster.Self, Spec: types.HostConnectSpec{HostName: name}, AsConnected: true,
		}).(*methods.AddHost_TaskBody).Res.Returnval
		ref, err := s.await(task)
		if err != nil {
			return err
		}
		host := s.registry.Get(ref.(types.ManagedObjectReference)).(*simulator.HostSystem)
		host.Hardware.SystemInfo.Uuid = s.uuid("host", name)
		host.Summary.Hardware.Uuid = host.Hardware.SystemInfo.Uuid
		s.inventory.hosts = append(s.inventory.hosts, host.Self)
	}
	return nil
}

// uuid is an identity of this site's own, made from a name: the simulator's come from names alone and collide between sites.
func (s *site) uuid(kind, name string) string {
	return uuid.NewSHA1(uuid.NameSpaceOID, []byte(s.config.InstanceUUID+"/"+kind+"/"+name)).String()
}

// buildDatastore mounts one vSAN datastore on every host. It is vSAN before the first machine exists: the simulator lays files out by it.
func (s *site) buildDatastore() error {
	path := s.path("datastore", "vsan")
	if err := os.MkdirAll(path, 0o700); err != nil {
		return err
	}
	for _, ref := range s.inventory.hosts {
		host := s.registry.Get(ref).(*simulator.HostSystem)
		system := s.registry.Get(*host.ConfigManager.DatastoreSystem).(*simulator.HostDatastoreSystem)
		made := system.CreateLocalDatastore(s.context, &types.CreateLocalDatastore{This: system.Self, Name: s.config.Datastore, Path: path})
		if made.Fault() != nil {
			return fmt.Errorf("datastore on %s: %s", host.Name, made.Fault().String)
		}
	}
	s.inventory.datastore = s.registry.Get(s.inventory.datacenter.Datastore[0]).(*simulator.Datastore)
	ds := s.inventory.datastore
	ds.Summary.Type = string(types.HostFileSystemVolumeFileSystemTypeVsan)
	info := ds.Info.GetDatastoreInfo()
	info.Name, info.Url = s.config.Datastore, path
	ds.Info = &types.VsanDatastoreInfo{DatastoreInfo: *info, MembershipUuid: s.uuid("vsan", s.config.Datastore)}
	const capacity = 400 << 40 // bytes: the simulator takes the whole of each disk from it, thin as they are
	ds.Summary.Capacity, ds.Summary.FreeSpace, ds.Info.GetDatastoreInfo().FreeSpace = capacity, capacity, capacity
	return nil
}

// buildNetworks makes the distributed switch and a port group per configured network, and removes the simulator's "VM Network".
func (s *site) buildNetworks() error {
	folder := s.registry.Get(s.inventory.datacenter.NetworkFolder).(*simulator.Folder)
	for _, ref := range append([]types.ManagedObjectReference{}, s.inventory.datacenter.Network...) {
		s.forgetNetwork(s.context, ref)
	}
	spec := &types.VMwareDVSConfigSpec{DVSConfigSpec: types.DVSConfigSpec{Name: "dvs-" + s.config.Site}}
	for _, host := range s.inventory.hosts {
		spec.Host = append(spec.Host, types.DistributedVirtualSwitchHostMemberConfigSpec{Operation: "add", Host: host})
	}
	task := folder.CreateDVSTask(s.context, &types.CreateDVS_Task{This: folder.Self, Spec: types.DVSCreateSpec{ConfigSpec: spec}})
	ref, err := s.await(task.(*methods.CreateDVS_TaskBody).Res.Returnval)
	if err != nil {
		return err
	}
	dvs := s.registry.Get(ref.(types.ManagedObjectReference)).(*simulator.DistributedVirtualSwitch)
	s.inventory.dvs = dvs
	s.inventory.datacenter.Network = without(s.inventory.datacenter.Network, dvs.Self) // a real one lists networks only
	dvs.Uuid = s.uuid("dvs", dvs.Name)
	dvs.Summary.Uuid, dvs.Config.GetDVSConfigInfo().Uuid = dvs.Uuid, dvs.Uuid
	if len(dvs.Summary.HostMember) == 0 {
		joined := dvs.ReconfigureDvsTask(s.context, &types.ReconfigureDvs_Task{This: dvs.Self, Spec: spec}).(*methods.ReconfigureDvs_TaskBody)
		if _, err := s.await(joined.Res.Returnval); err != nil {
			return err
		}
	}
	for _, network := range s.config.Networks {
		vlan := &types.VmwareDistributedVirtualSwitchVlanIdSpec{VlanId: network.VLAN}
		spec := types.DVPortgroupConfigSpec{Name: network.Name, DefaultPortConfig: &types.VMwareDVSPortSetting{Vlan: vlan}}
		if _, err := s.addPortGroup(s.context, spec); err != nil {
			return err
		}
	}
	return nil
}

func (s *site) buildFolders() error {
	parent := s.registry.Get(s.inventory.datacenter.VmFolder).(*simulator.Folder)
	s.inventory.folders = map[string]types.ManagedObjectReference{"": parent.Self}
	for _, name := range s.config.Folders {
		made := parent.CreateFolder(s.context, &types.CreateFolder{This: parent.Self, Name: name}).(*methods.CreateFolderBody)
		if made.Fault_ != nil {
			return fmt.Errorf("folder %s: %s", name, made.Fault_.String)
		}
		s.inventory.folders[name] = made.Res.Returnval
	}
	return nil
}

// buildMachine makes one configured machine, powered off if it has bytes to boot from: its guest is started once the site is served.
func (s *site) buildMachine(index int) error {
	config := s.config.Machines[index]
	spec := s.specOf(config)
	pool := *s.inventory.cluster.ResourcePool
	host := s.inventory.hosts[index%len(s.inventory.hosts)]
	vm, err := s.createVM(s.context, s.inventory.folders[config.Folder], spec, pool, &host)
	if err != nil {
		return err
	}
	m, err := s.addMachine(vm, config.Disk)
	if err != nil {
		return err
	}
	m.address, m.namespace = config.Address, config.Namespace
	if config.Template {
		vm.MarkAsTemplate(&types.MarkAsTemplate{This: vm.Self})
	}
	if config.PoweredOn && !(config.Disk != "" && s.config.Guests != nil) {
		s.showPower(s.context, m, types.VirtualMachinePowerStatePoweredOn)
	}
	return nil
}

// specOf is the simulator's description of a configured machine.
func (s *site) specOf(config MachineConfig) types.VirtualMachineConfigSpec {
	mac, _ := net.ParseMAC(config.MAC)
	extra := []types.BaseOptionValue{}
	for _, key := range sortedKeys(config.GuestInfo) {
		extra = append(extra, &types.OptionValue{Key: "guestinfo." + key, Value: config.GuestInfo[key]})
	}
	nic := &types.VirtualVmxnet3{}
	nic.Key, nic.MacAddress, nic.AddressType = 4000, mac.String(), string(types.VirtualEthernetCardMacTypeManual)
	nic.Backing = s.backingOf(config.Network)
	disk := &types.VirtualDisk{CapacityInKB: config.DiskGiB << 20}
	unit := int32(0)
	disk.Key, disk.ControllerKey, disk.UnitNumber = 2000, 1000, &unit
	disk.Backing = &types.VirtualDiskFlatVer2BackingInfo{
		DiskMode: string(types.VirtualDiskModePersistent), ThinProvisioned: types.NewBool(true),
	}
	scsi := &types.ParaVirtualSCSIController{}
	scsi.Key, scsi.SharedBus = 1000, types.VirtualSCSISharingNoSharing
	spec := types.VirtualMachineConfigSpec{
		Name: config.Name, InstanceUuid: config.UUID, Uuid: s.uuid("bios", config.UUID), Annotation: config.Annotation,
		NumCPUs: config.VCPUs, MemoryMB: config.MemoryMiB, GuestId: string(types.VirtualMachineGuestOsIdentifierOtherLinux64Guest),
		Files: &types.VirtualMachineFileInfo{VmPathName: "[" + s.config.Datastore + "]"}, ExtraConfig: extra,
	}
	for _, device := range []types.BaseVirtualDevice{scsi, disk, nic} {
		change := &types.VirtualDeviceConfigSpec{Operation: types.VirtualDeviceConfigSpecOperationAdd, Device: device}
		if device == types.BaseVirtualDevice(disk) {
			change.FileOperation = types.VirtualDeviceConfigSpecFileOperationCreate
		}
		spec.DeviceChange = append(spec.DeviceChange, change)
	}
	return spec
}

// createVM has the simulator make a machine; its names must have been checked.
func (s *site) createVM(ctx *simulator.Context, folder types.ManagedObjectReference, spec types.VirtualMachineConfigSpec,
	pool types.ManagedObjectReference, host *types.ManagedObjectReference) (*simulator.VirtualMachine, error) {
	parent := s.registry.Get(folder).(*simulator.Folder)
	task := parent.CreateVMTask(ctx, &types.CreateVM_Task{This: folder, Config: spec, Pool: pool, Host: host}).(*methods.CreateVM_TaskBody)
	ref, err := s.await(task.Res.Returnval)
	if err != nil {
		return nil, err
	}
	vm := s.registry.Get(ref.(types.ManagedObjectReference)).(*simulator.VirtualMachine)
	s.registry.WithLock(ctx, vm, func() { vm.Config.Hardware.Device = withOwnControllers(vm.Config.Hardware.Device) })
	return vm, nil
}

func sessionIsActive(manager *simulator.SessionManager, ctx *simulator.Context, request *types.SessionIsActive) bool {
	answer := manager.SessionIsActive(ctx, request).(*methods.SessionIsActiveBody)
	return answer.Res != nil && answer.Res.Returnval
}
