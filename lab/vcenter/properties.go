// SPDX-License-Identifier: Apache-2.0

package main

import (
	"reflect"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// fetchArguments reads a Fetch request, whose type the simulator keeps to itself.
func fetchArguments(body any) (object types.ManagedObjectReference, property string) {
	request := reflect.Indirect(reflect.ValueOf(body))
	object, _ = request.FieldByName("This").Interface().(types.ManagedObjectReference)
	return object, request.FieldByName("Prop").String()
}

// FetchResponse is the answer to Fetch; without a value the property is unset.
type FetchResponse struct {
	Returnval types.AnyType `xml:"returnval,omitempty,typeattr"`
}

type fetchBody struct {
	Res    *FetchResponse
	Fault_ *soap.Fault
}

func (b *fetchBody) Fault() *soap.Fault { return b.Fault_ }

// Fetch reads one property: what pyVmomi does for object.property. The simulator's own answer for an unset one (vm.snapshot of a machine
// without snapshots) makes pyVmomi raise AttributeError.
func (d *director) Fetch(ctx *simulator.Context, request any) soap.HasFault {
	collector := reflect.ValueOf(ctx.Session.Get(d.content.PropertyCollector))
	arguments := []reflect.Value{reflect.ValueOf(ctx), reflect.ValueOf(request)}
	answer := collector.MethodByName("Fetch").Call(arguments)[0].Interface().(soap.HasFault)
	if _, unset := answer.(*methods.RetrievePropertiesExBody); unset && answer.Fault() == nil {
		return &fetchBody{Res: new(FetchResponse)}
	}
	return answer
}
