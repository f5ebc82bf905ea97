// SPDX-License-Identifier: Apache-2.0

package main

import (
	"slices"
	"testing"

	"github.com/vmware/govmomi/vim25/types"
)

func TestAControllerListsTheDevicesOnItAndIsNoOtherMachines(t *testing.T) {
	shared := &types.VirtualPCIController{VirtualController: types.VirtualController{
		VirtualDevice: types.VirtualDevice{Key: 100}, BusNumber: 3, Device: []int32{500, 4000, 4000},
	}}
	card := &types.VirtualVmxnet3{}
	card.Key, card.ControllerKey = 4001, 100
	owned := withOwnControllers([]types.BaseVirtualDevice{shared, card})
	own := owned[0].(*types.VirtualPCIController)
	if own == shared || len(shared.Device) != 3 {
		t.Error("it is still shared")
	}
	if own.BusNumber != 3 || !slices.Equal(own.Device, []int32{4001}) || owned[1] != types.BaseVirtualDevice(card) {
		t.Errorf("%+v, %+v", own, owned[1])
	}
}
