// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"log"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

var directorRef = types.ManagedObjectReference{Type: "CityopsDirector", Value: "director"}

// A director takes the calls that the simulator answers too simply. The registry's hook points such a call at it; its methods bear the
// simulator's names (PowerOnVMTask for PowerOnVM_Task) and find the object meant in the request.
type director struct {
	mo.ServiceInstance // first, and a managed object type: the simulator asserts it

	*site
}

// Lock and Unlock do nothing: calls on different machines must not wait for each other.
func (d *director) Lock()   {}
func (d *director) Unlock() {}

// redirected names, by type, the methods the director has.
var redirected = map[string][]string{
	"VirtualMachine": {
		"PowerOnVM_Task", "PowerOffVM_Task", "ResetVM_Task", "ShutdownGuest", "RebootGuest",
		"CreateSnapshot_Task", "CreateSnapshotEx_Task", "RevertToCurrentSnapshot_Task", "RemoveAllSnapshots_Task", "CloneVM_Task",
		"ReconfigVM_Task", "Destroy_Task", "UnregisterVM", "ExportVm", "Rename_Task", "ConsolidateVMDisks_Task",
	},
	"VirtualMachineSnapshot":         {"RemoveSnapshot_Task", "RevertToSnapshot_Task", "ExportSnapshot"},
	"Folder":                         {"CreateVM_Task", "MoveIntoFolder_Task", "CreateFolder", "Destroy_Task", "Rename_Task"},
	"ResourcePool":                   {"ImportVApp"},
	"DistributedVirtualSwitch":       {"AddDVPortgroup_Task", "CreateDVPortgroup_Task"},
	"VmwareDistributedVirtualSwitch": {"AddDVPortgroup_Task", "CreateDVPortgroup_Task"},
	"DistributedVirtualPortgroup":    {"Destroy_Task", "Rename_Task"},
	"PropertyCollector":              {"Fetch", "RetrievePropertiesEx", "ContinueRetrievePropertiesEx"},
}

// refused names what the simulator would do on its own side alone, leaving guests and disks behind.
var refused = []string{"SuspendVM_Task", "StandbyGuest", "PowerOnMultiVM_Task", "RegisterVM_Task", "CloneVApp_Task", "CreateChildVM_Task"}

// route is the registry's hook, called before every call: it lets nobody in without a session, injects faults, and points the calls
// the director has at the director.
func (d *director) route(ctx *simulator.Context, method *simulator.Method) (mo.Reference, types.BaseMethodFault) {
	if ctx.Session == nil {
		return nil, refuseStranger(method)
	}
	if d.faults.strike(d.site, method) {
		return nil, nil
	}
	if slices.Contains(refused, method.Name) {
		return nil, &types.NotSupported{}
	}
	for _, name := range redirected[method.This.Type] {
		if name == method.Name {
			method.This = directorRef
			return nil, nil
		}
	}
	return nil, nil
}

// refuseStranger lets a caller without a session read the service's content and log in, and nothing else. (The simulator would answer
// property reads too.)
func refuseStranger(method *simulator.Method) types.BaseMethodFault {
	switch method.Name {
	case "Fetch":
		if object, _ := fetchArguments(method.Body); object == vim25.ServiceInstance {
			return nil
		}
	case "RetrieveProperties", "RetrievePropertiesEx":
	default:
		return nil // the simulator itself refuses all but logging in
	}
	return &types.NotAuthenticated{NoPermission: types.NoPermission{Object: &method.This, PrivilegeId: "System.View"}}
}

// A failure is a fault with a message that reaches the client.
type failure struct {
	fault   types.BaseMethodFault
	message string
}

func (f *failure) Error() string { return f.message }

func fail(fault types.BaseMethodFault, format string, values ...any) error {
	return &failure{fault, fmt.Sprintf(format, values...)}
}

// localized turns any error into what a task or a SOAP answer carries.
func localized(err error) *types.LocalizedMethodFault {
	if f, ok := err.(*failure); ok {
		return &types.LocalizedMethodFault{Fault: f.fault, LocalizedMessage: f.message}
	}
	return &types.LocalizedMethodFault{Fault: &types.GenericVmConfigFault{Reason: err.Error()}, LocalizedMessage: err.Error()}
}

// soapFault is err as the answer to a call.
func soapFault(err error) *soap.Fault {
	l := localized(err)
	return simulator.Fault(l.LocalizedMessage, l.Fault)
}

// work is what a task does; its context is the task's own, since the simulator's locks belong to contexts.
type work func(ctx *simulator.Context) (types.AnyType, error)

// start runs work as a task on an entity. Unlike the simulator's own tasks it does not lock the entity meanwhile, reports a message, and
// survives a panic.
func (d *director) start(ctx *simulator.Context, entity types.ManagedObjectReference, method string, do work) types.ManagedObjectReference {
	own := *ctx
	task := simulator.CreateTask(entity, taskName(method), nil)
	task.Info.EntityName = d.nameOf(entity)
	task.Info.Reason = &types.TaskReasonUser{UserName: d.config.Username}
	d.registry.Put(task)
	update := func(changes ...types.PropertyChange) { d.registry.AtomicUpdate(&own, task, changes) }
	update(
		types.PropertyChange{Name: "info.key", Val: task.Self.Value},
		types.PropertyChange{Name: "info.task", Val: task.Self},
		types.PropertyChange{Name: "info.startTime", Val: time.Now()},
		types.PropertyChange{Name: "info.state", Val: types.TaskInfoStateRunning},
	)
	go func() {
		result, err := guarded(&own, func(ctx *simulator.Context) (types.AnyType, error) {
			if err := d.faults.strikeTask(d.site, entity, method); err != nil {
				return nil, err
			}
			return do(ctx)
		})
		done := []types.PropertyChange{{Name: "info.completeTime", Val: time.Now()}}
		if err != nil {
			log.Printf("%s of %s: %v", method, task.Info.EntityName, err)
			done = append(done, types.PropertyChange{Name: "info.error", Val: *localized(err)},
				types.PropertyChange{Name: "info.state", Val: types.TaskInfoStateError})
		} else {
			done = append(done, types.PropertyChange{Name: "info.result", Val: result},
				types.PropertyChange{Name: "info.state", Val: types.TaskInfoStateSuccess})
		}
		update(done...)
	}()
	return task.Self
}

// taskName is what the simulator makes "PowerOnVM_Task" of: it names its tasks "powerOnVMTask".
func taskName(method string) string {
	name, isTask := strings.CutSuffix(method, "_Task")
	if isTask {
		name += "Task"
	}
	return strings.ToLower(name[:1]) + name[1:]
}

// guarded does the work and turns a panic into an error.
func guarded(ctx *simulator.Context, do work) (result types.AnyType, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			log.Printf("%v\n%s", cause, debug.Stack())
			err = fail(&types.SystemErrorFault{Reason: "panic"}, "a defect of the lab's vCenter: %v", cause)
		}
	}()
	return do(ctx)
}

// A taskWatch wakes those who wait for the simulator's own tasks; its Task.Wait polls every 10 ms.
type taskWatch struct {
	mu      sync.Mutex
	waiting map[types.ManagedObjectReference]chan struct{}
}

func newTaskWatch() *taskWatch {
	return &taskWatch{waiting: map[types.ManagedObjectReference]chan struct{}{}}
}

func (*taskWatch) Reference() types.ManagedObjectReference {
	return types.ManagedObjectReference{Type: "CityopsTaskWatch", Value: "watch"}
}

func (*taskWatch) PutObject(*simulator.Context, mo.Reference)                    {}
func (*taskWatch) RemoveObject(*simulator.Context, types.ManagedObjectReference) {}
func (w *taskWatch) UpdateObject(_ *simulator.Context, object mo.Reference, _ []types.PropertyChange) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if changed := w.waiting[object.Reference()]; changed != nil {
		select {
		case changed <- struct{}{}:
		default:
		}
	}
}

// await returns the result of one of the simulator's own tasks once it has ended.
func (s *site) await(ref types.ManagedObjectReference) (types.AnyType, error) {
	task, changed := s.registry.Get(ref).(*simulator.Task), make(chan struct{}, 1)
	s.watch.mu.Lock()
	s.watch.waiting[ref] = changed
	s.watch.mu.Unlock()
	defer func() {
		s.watch.mu.Lock()
		delete(s.watch.waiting, ref)
		s.watch.mu.Unlock()
	}()
	for {
		var info types.TaskInfo
		s.registry.WithLock(&simulator.Context{}, task, func() { info = task.Info })
		switch info.State {
		case types.TaskInfoStateSuccess:
			return info.Result, nil
		case types.TaskInfoStateError:
			return nil, &failure{info.Error.Fault, describeFault(info.Error)}
		}
		<-changed
	}
}

// describeFault is the message of a fault of the simulator's own, which says no more than its Go type.
func describeFault(l *types.LocalizedMethodFault) string {
	return fmt.Sprintf("%T refused by the simulator: %+v", l.Fault, l.Fault)
}
