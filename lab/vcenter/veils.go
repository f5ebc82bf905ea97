// SPDX-License-Identifier: Apache-2.0

package main

import (
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// A Veil makes one object unreadable, as the control endpoint asks: for lack of permission ("permission"), or because it is in one of
// the states in which a vCenter shows nothing of a machine ("disconnected", "orphaned", "inaccessible", "invalid"). "consolidation"
// shows a machine whose disks need to be consolidated, "maintenance" a datastore in maintenance, "vapp" a machine in a vApp. An empty state lifts the veil.
type Veil struct {
	Object string `json:"object"` // name or moref
	State  string `json:"state"`
}

var veilStates = []string{"", "permission", "disconnected", "orphaned", "inaccessible", "invalid", "consolidation", "maintenance", "vapp"}

// veils holds the objects that are not readable now.
type veils struct {
	mu sync.Mutex
	by map[string]string
}

func (v *veils) put(veil Veil) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.by == nil {
		v.by = map[string]string{}
	}
	delete(v.by, veil.Object)
	if veil.State != "" {
		v.by[veil.Object] = veil.State
	}
}

func (v *veils) clear() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.by = nil
}

// over is the state an object is veiled with, or empty.
func (v *veils) over(s *site, ref types.ManagedObjectReference) string {
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.by) == 0 {
		return ""
	}
	if state := v.by[ref.Value]; state != "" {
		return state
	}
	return v.by[s.nameOf(ref)]
}

// cover changes what is shown of an object that is veiled.
func (v *veils) cover(s *site, content *types.ObjectContent) {
	state := v.over(s, content.Obj)
	switch state {
	case "":
	case "permission":
		for _, property := range content.PropSet {
			content.MissingSet = append(content.MissingSet, types.MissingProperty{Path: property.Name, Fault: types.LocalizedMethodFault{
				Fault: &types.NoPermission{Object: &content.Obj, PrivilegeId: "System.Read"},
			}})
		}
		content.PropSet = nil
	case "vapp":
		content.PropSet = slices.DeleteFunc(content.PropSet, func(property types.DynamicProperty) bool { return property.Name == "parent" })
		content.PropSet = append(content.PropSet, types.DynamicProperty{
			Name: "parentVApp", Val: types.ManagedObjectReference{Type: "VirtualApp", Value: "resgroup-v1"},
		})
	case "maintenance":
		show(content, "summary.maintenanceMode", string(types.DatastoreSummaryMaintenanceModeStateInMaintenance))
	default:
		content.PropSet = slices.DeleteFunc(content.PropSet, func(property types.DynamicProperty) bool {
			return strings.HasPrefix(property.Name, "config") || strings.HasPrefix(property.Name, "guest")
		})
		show(content, "runtime.connectionState", types.VirtualMachineConnectionState(state))
	}
}

// show replaces a property, if it was asked for.
func show(content *types.ObjectContent, name string, value types.AnyType) {
	for i := range content.PropSet {
		if content.PropSet[i].Name == name {
			content.PropSet[i].Val = value
		}
	}
}

// collectorOf is the property collector a request is for: the session's own ones among them.
func collectorOf(ctx *simulator.Context, this types.ManagedObjectReference) *simulator.PropertyCollector {
	collector, _ := ctx.Session.Get(this).(*simulator.PropertyCollector)
	return collector
}

// RetrievePropertiesEx has the simulator answer, and veils what must not be seen.
func (d *director) RetrievePropertiesEx(ctx *simulator.Context, r *types.RetrievePropertiesEx) soap.HasFault {
	collector := collectorOf(ctx, r.This)
	if collector == nil {
		return &methods.RetrievePropertiesExBody{Fault_: soapFault(fail(&types.ManagedObjectNotFound{Obj: r.This}, "no such collector"))}
	}
	answer := collector.RetrievePropertiesEx(ctx, r)
	if body, ok := answer.(*methods.RetrievePropertiesExBody); ok && body.Res != nil && body.Res.Returnval != nil {
		for i := range body.Res.Returnval.Objects {
			d.veils.cover(d.site, &body.Res.Returnval.Objects[i])
		}
	}
	return answer
}

// ContinueRetrievePropertiesEx is the next page.
func (d *director) ContinueRetrievePropertiesEx(ctx *simulator.Context, r *types.ContinueRetrievePropertiesEx) soap.HasFault {
	collector := collectorOf(ctx, r.This)
	if collector == nil {
		return &methods.ContinueRetrievePropertiesExBody{Fault_: soapFault(fail(&types.ManagedObjectNotFound{Obj: r.This}, "no such collector"))}
	}
	answer := collector.ContinueRetrievePropertiesEx(ctx, r)
	if body, ok := answer.(*methods.ContinueRetrievePropertiesExBody); ok && body.Res != nil {
		for i := range body.Res.Returnval.Objects {
			d.veils.cover(d.site, &body.Res.Returnval.Objects[i])
		}
	}
	return answer
}

// needConsolidation sets what a machine shows of disks that removed snapshots left behind.
func (s *site) needConsolidation(object string, needed bool) {
	own := *s.context
	for _, entity := range s.registry.All("VirtualMachine") {
		vm := entity.(*simulator.VirtualMachine)
		if vm.Name == object || vm.Self.Value == object {
			s.registry.WithLock(&own, vm, func() { vm.Runtime.ConsolidationNeeded = types.NewBool(needed) })
		}
	}
}

// ConsolidateVMDisksTask merges what removed snapshots left behind: here, only that something was.
func (d *director) ConsolidateVMDisksTask(ctx *simulator.Context, r *types.ConsolidateVMDisks_Task) soap.HasFault {
	task, err := d.onMachine(ctx, r.This, "ConsolidateVMDisks_Task", func(*simulator.Context, *machine,
		*simulator.VirtualMachine) (types.AnyType, error) {
		d.needConsolidation(r.This.Value, false)
		return nil, nil
	})
	if err != nil {
		return &methods.ConsolidateVMDisks_TaskBody{Fault_: soapFault(err)}
	}
	return &methods.ConsolidateVMDisks_TaskBody{Res: &types.ConsolidateVMDisks_TaskResponse{Returnval: task}}
}

func (s *site) postVeil(w http.ResponseWriter, r *http.Request) {
	veil := new(Veil)
	if !decode(w, r, veil) {
		return
	}
	if !slices.Contains(veilStates, veil.State) {
		http.Error(w, "state is one of "+strings.Join(veilStates[1:], ", "), http.StatusBadRequest)
		return
	}
	if veil.State == "consolidation" {
		s.needConsolidation(veil.Object, true)
	} else {
		s.veils.put(*veil)
	}
	w.WriteHeader(http.StatusNoContent)
}
