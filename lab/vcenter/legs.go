// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"net"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"
)

// A machine that is a network namespace of this computer (a service host of the lab) is always on. Its first adapter is the leg that
// the lab made before there was a vCenter; each further one is a veth with its MAC in that namespace, in the bridge of its network
// for as long as it is connected. Whoever runs there may move it on into a namespace of its own and rename it.

const legPrefix = "n-vm-" // a leg's port at the switch is "n-", its machine's moref and its adapter's key

// plugLegs makes, plugs and removes the legs of such a machine as its adapters are.
func (s *site) plugLegs(m *machine, vm *simulator.VirtualMachine) error {
	wanted := map[string]bool{}
	for i, card := range nics(vm) {
		if i == 0 {
			continue
		}
		port := fmt.Sprintf("n-%s-%d", m.ref.Value, card.Key)
		wanted[port] = true
		if !m.legs[port] {
			if err := s.network.addLeg(m.namespace, fmt.Sprintf("nic-%d", card.Key), port, card.MacAddress); err != nil {
				return err
			}
			m.legs[port] = true
		}
		if err := s.network.plugLeg(port, s.bridgeWhileConnected(card)); err != nil {
			return err
		}
	}
	for port := range m.legs {
		if !wanted[port] {
			s.network.removeTap(port)
			delete(m.legs, port)
		}
	}
	return nil
}

// bridgeWhileConnected is the bridge an adapter is plugged into, or empty.
func (s *site) bridgeWhileConnected(card *types.VirtualEthernetCard) string {
	if card.Connectable == nil || !card.Connectable.Connected {
		return ""
	}
	return s.network.bridgeOf(s.networkOf(card.Backing))
}

// addLeg makes a veth: an interface with the MAC in a namespace, and its port at the switch, unplugged.
func (n *network) addLeg(namespace, name, port, mac string) error {
	hardware, err := net.ParseMAC(mac)
	if err != nil {
		return err
	}
	n.ip("link", "delete", port) // of a call that was killed
	_, err = n.ip("link", "add", port, "type", "veth", "peer", "name", name, "netns", namespace, "address", hardware.String())
	if err != nil {
		return err
	}
	return n.refuseIPv6(port) // or the port itself would speak to its leg before it is in a bridge
}

// plugLeg puts a leg's port into a bridge, or with none takes its carrier away.
func (n *network) plugLeg(port, bridge string) error {
	arguments := []string{"link", "set", port, "nomaster", "down"}
	if bridge != "" {
		arguments = []string{"link", "set", port, "master", bridge, "up"}
	}
	_, err := n.ip(arguments...)
	return err
}

// silence keeps the switch itself out of a bridge made for a port group: on a bridge that is nobody's gateway it would still answer
// ARP for each of its addresses, and IPv6 for one of its own, as no port group does.
func (n *network) silence(bridge string) error {
	if n.namespace == "" {
		return nil
	}
	if _, err := n.ip("link", "set", bridge, "arp", "off"); err != nil {
		return err
	}
	return n.refuseIPv6(bridge)
}

// refuseIPv6 has an interface of the switch without IPv6, and so without frames of its own.
func (n *network) refuseIPv6(name string) error {
	write := fmt.Sprintf("[ ! -d /proc/sys/net/ipv6 ] || echo 1 >/proc/sys/net/ipv6/conf/%s/disable_ipv6", name)
	_, err := within(commandTime, "nsenter", "--net=/run/netns/"+n.namespace, "sh", "-c", write)
	return err
}

// isHost says whether the machine is a host of the lab's.
func (m *machine) isHost() bool { return m.namespace != "" }

// refuseHost refuses to stop a machine that is a host of the lab's: it would go on.
func refuseHost(m *machine, vm *simulator.VirtualMachine) error {
	if m.isHost() {
		return fail(&types.InvalidState{}, "%s is a host of the lab, which is always on", vm.Name)
	}
	return nil
}
