// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"log"
	"net/netip"
	"strings"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

const (
	on  = types.VirtualMachinePowerStatePoweredOn
	off = types.VirtualMachinePowerStatePoweredOff
)

// powerOn starts a machine that is off, with its guest if it boots.
func (s *site) powerOn(ctx *simulator.Context, m *machine, vm *simulator.VirtualMachine) error {
	if vm.Config.Template {
		return fail(&types.InvalidState{}, "%s is a template", vm.Name)
	}
	if err := wantPower(vm, off, on); err != nil {
		return err
	}
	if s.registry.Get(*vm.Runtime.Host).(*simulator.HostSystem).Runtime.InMaintenanceMode {
		return fail(&types.InvalidState{}, "%s is on a host in maintenance mode", vm.Name)
	}
	options := extra(vm)
	if m.boots(vm) {
		if err := m.startGuest(vm, options); err != nil {
			return fail(&types.GenericVmConfigFault{Reason: err.Error()}, "%s does not start: %v", vm.Name, err)
		}
	}
	task := vm.PowerOnVMTask(ctx, &types.PowerOnVM_Task{This: vm.Self}).(*methods.PowerOnVM_TaskBody)
	if _, err := s.await(task.Res.Returnval); err != nil {
		m.endGuest()
		return err
	}
	s.showGuest(ctx, m, vm, on)
	return nil
}

// powerOff stops a machine that is on.
func (s *site) powerOff(ctx *simulator.Context, m *machine, vm *simulator.VirtualMachine) error {
	if err := wantPower(vm, on, off); err != nil {
		return err
	}
	if err := refuseHost(m, vm); err != nil {
		return err
	}
	m.endGuest()
	task := vm.PowerOffVMTask(ctx, &types.PowerOffVM_Task{This: vm.Self}).(*methods.PowerOffVM_TaskBody)
	if _, err := s.await(task.Res.Returnval); err != nil {
		return err
	}
	s.showGuest(ctx, m, vm, off)
	return nil
}

// wantPower refuses to change a power state that is not there.
func wantPower(vm *simulator.VirtualMachine, wanted, next types.VirtualMachinePowerState) error {
	if seen := vm.Runtime.PowerState; seen != wanted {
		return fail(&types.InvalidPowerState{RequestedState: next, ExistingState: seen}, "%s is %s", vm.Name, seen)
	}
	return nil
}

// showPower changes what the simulator shows of a machine's power, without a task.
func (s *site) showPower(ctx *simulator.Context, m *machine, state types.VirtualMachinePowerState) {
	vm, ok := s.registry.Get(m.ref).(*simulator.VirtualMachine)
	if !ok {
		return
	}
	changes := []types.PropertyChange{
		{Name: "runtime.powerState", Val: state}, {Name: "summary.runtime.powerState", Val: state},
	}
	if state == on {
		changes = append(changes, types.PropertyChange{Name: "summary.runtime.bootTime", Val: time.Now()})
	}
	s.registry.AtomicUpdate(ctx, vm, changes)
	s.showGuest(ctx, m, vm, state)
}

// showGuest shows the guest's address and tools as they are in a power state.
func (s *site) showGuest(ctx *simulator.Context, m *machine, vm *simulator.VirtualMachine, state types.VirtualMachinePowerState) {
	s.plugIn(ctx, vm, state)
	address, tools, running := "", types.VirtualMachineToolsStatusToolsNotRunning, types.VirtualMachineToolsRunningStatusGuestToolsNotRunning
	if state == on {
		options := extra(vm)
		if address = hostPart(guestInfo(options)["address"]); address == "" {
			address = m.address
		}
		tools, running = types.VirtualMachineToolsStatusToolsOk, types.VirtualMachineToolsRunningStatusGuestToolsRunning
	}
	changes := []types.PropertyChange{
		{Name: "guest.net", Val: s.report(vm, address)},
		{Name: "guest.ipAddress", Val: address}, {Name: "summary.guest.ipAddress", Val: address},
		{Name: "guest.toolsStatus", Val: tools}, {Name: "summary.guest.toolsStatus", Val: tools},
		{Name: "guest.toolsRunningStatus", Val: string(running)}, {Name: "summary.guest.toolsRunningStatus", Val: string(running)},
	}
	s.registry.AtomicUpdate(ctx, vm, changes)
}

// plugIn shows every adapter connected as it is to be at the start, or none once the machine is off.
func (s *site) plugIn(ctx *simulator.Context, vm *simulator.VirtualMachine, state types.VirtualMachinePowerState) {
	s.registry.WithLock(ctx, vm, func() {
		for _, card := range nics(vm) {
			if card.Connectable == nil {
				card.Connectable = &types.VirtualDeviceConnectInfo{StartConnected: true, AllowGuestControl: true}
			}
			plugged := *card.Connectable // the simulator shares it with snapshots
			plugged.Connected = state == on && plugged.StartConnected
			card.Connectable = &plugged
		}
	})
}

// report is what the guest's tools say of its adapters: the address is on the first.
func (s *site) report(vm *simulator.VirtualMachine, address string) (reported []types.GuestNicInfo) {
	for i, card := range nics(vm) {
		nic := types.GuestNicInfo{
			Network: s.networkOf(card.Backing), MacAddress: card.MacAddress, DeviceConfigId: card.Key,
			Connected: card.Connectable == nil || card.Connectable.Connected,
		}
		if i == 0 && address != "" {
			nic.IpAddress = []string{address}
		}
		reported = append(reported, nic)
	}
	return reported
}

// hostPart is the address in "10.0.0.5" or "10.0.0.5/24", or empty.
func hostPart(text string) string {
	host, _, _ := strings.Cut(text, "/")
	if _, err := netip.ParseAddr(host); err != nil {
		return ""
	}
	return host
}

// powerOnAll starts the configured machines that have bytes to boot from and are wanted on, one after another.
func (s *site) powerOnAll(ctx context.Context) {
	if s.config.Guests == nil {
		return
	}
	wanted := map[string]bool{}
	for _, c := range s.config.Machines {
		wanted[c.UUID] = c.Disk != "" && c.PoweredOn
	}
	for _, entity := range s.registry.All("VirtualMachine") {
		m, vm, err := s.find(entity.Reference())
		if ctx.Err() != nil {
			return
		}
		if err != nil || !wanted[vm.Config.InstanceUuid] {
			continue
		}
		own := *s.context
		m.mu.Lock()
		if _, _, err := s.find(m.ref); err == nil && vm.Runtime.PowerState == off {
			if err := s.powerOn(&own, m, vm); err != nil {
				log.Printf("%s: %v", s.config.Site, err)
			}
		}
		m.mu.Unlock()
	}
}

func (d *director) PowerOnVMTask(ctx *simulator.Context, r *types.PowerOnVM_Task) soap.HasFault {
	task, err := d.onMachine(ctx, r.This, "PowerOnVM_Task", func(ctx *simulator.Context, m *machine,
		vm *simulator.VirtualMachine) (types.AnyType, error) {
		return nil, d.powerOn(ctx, m, vm)
	})
	if err != nil {
		return &methods.PowerOnVM_TaskBody{Fault_: soapFault(err)}
	}
	return &methods.PowerOnVM_TaskBody{Res: &types.PowerOnVM_TaskResponse{Returnval: task}}
}

func (d *director) PowerOffVMTask(ctx *simulator.Context, r *types.PowerOffVM_Task) soap.HasFault {
	task, err := d.onMachine(ctx, r.This, "PowerOffVM_Task", func(ctx *simulator.Context, m *machine,
		vm *simulator.VirtualMachine) (types.AnyType, error) {
		return nil, d.powerOff(ctx, m, vm)
	})
	if err != nil {
		return &methods.PowerOffVM_TaskBody{Fault_: soapFault(err)}
	}
	return &methods.PowerOffVM_TaskBody{Res: &types.PowerOffVM_TaskResponse{Returnval: task}}
}

func (d *director) ResetVMTask(ctx *simulator.Context, r *types.ResetVM_Task) soap.HasFault {
	task, err := d.onMachine(ctx, r.This, "ResetVM_Task", func(ctx *simulator.Context, m *machine,
		vm *simulator.VirtualMachine) (types.AnyType, error) {
		return nil, d.reset(ctx, m, vm)
	})
	if err != nil {
		return &methods.ResetVM_TaskBody{Fault_: soapFault(err)}
	}
	return &methods.ResetVM_TaskBody{Res: &types.ResetVM_TaskResponse{Returnval: task}}
}

// reset is off and on again.
func (s *site) reset(ctx *simulator.Context, m *machine, vm *simulator.VirtualMachine) error {
	if err := s.powerOff(ctx, m, vm); err != nil {
		return err
	}
	return s.powerOn(ctx, m, vm)
}

// later runs what a call starts without a task to watch.
func (d *director) later(ctx *simulator.Context, ref types.ManagedObjectReference, method string,
	do func(*simulator.Context, *machine, *simulator.VirtualMachine) error) error {
	m, vm, err := d.find(ref)
	if err == nil {
		err = wantPower(vm, on, off)
	}
	if err == nil {
		err = refuseHost(m, vm)
	}
	if err == nil {
		_, err = d.onMachine(ctx, ref, method, func(ctx *simulator.Context, m *machine,
			vm *simulator.VirtualMachine) (types.AnyType, error) {
			return nil, do(ctx, m, vm)
		})
	}
	return err
}

// ShutdownGuest asks the guest to end and, when it has not within five seconds, ends it.
func (d *director) ShutdownGuest(ctx *simulator.Context, r *types.ShutdownGuest) soap.HasFault {
	err := d.later(ctx, r.This, "ShutdownGuest", func(ctx *simulator.Context, m *machine, vm *simulator.VirtualMachine) error {
		if g := m.running(); g != nil {
			g.ask("system_powerdown")
			select {
			case <-g.ended:
			case <-time.After(5 * time.Second):
			}
		}
		return d.powerOff(ctx, m, vm)
	})
	if err != nil {
		return &methods.ShutdownGuestBody{Fault_: soapFault(err)}
	}
	return &methods.ShutdownGuestBody{Res: new(types.ShutdownGuestResponse)}
}

// RebootGuest resets the machine.
func (d *director) RebootGuest(ctx *simulator.Context, r *types.RebootGuest) soap.HasFault {
	if err := d.later(ctx, r.This, "RebootGuest", d.reset); err != nil {
		return &methods.RebootGuestBody{Fault_: soapFault(err)}
	}
	return &methods.RebootGuestBody{Res: new(types.RebootGuestResponse)}
}
