// SPDX-License-Identifier: Apache-2.0

package main

import (
	"reflect"

	"github.com/vmware/govmomi/vim25/types"
)

// withOwnControllers are the devices with controllers of their own, each listing the devices on it and no others. The simulator shares
// its default controllers among all machines, so that each lists the cards of every machine ever made.
func withOwnControllers(devices []types.BaseVirtualDevice) []types.BaseVirtualDevice {
	on := map[int32][]int32{}
	for _, device := range devices {
		d := device.GetVirtualDevice()
		on[d.ControllerKey] = append(on[d.ControllerKey], d.Key)
	}
	owned := make([]types.BaseVirtualDevice, len(devices))
	for i, device := range devices {
		owned[i] = device
		if _, ok := device.(types.BaseVirtualController); !ok {
			continue
		}
		copied := reflect.New(reflect.TypeOf(device).Elem())
		copied.Elem().Set(reflect.ValueOf(device).Elem())
		owned[i] = copied.Interface().(types.BaseVirtualDevice)
		controller := owned[i].(types.BaseVirtualController).GetVirtualController()
		controller.Device = on[controller.Key]
	}
	return owned
}
