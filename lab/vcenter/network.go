// SPDX-License-Identifier: Apache-2.0

package main

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"
)

const (
	tapPrefix    = "tap-vm-" // a tap is "tap-" and its machine's moref
	bubblePrefix = "pg-"
	commandTime  = 30 * time.Second
)

// network is the switch namespace: one bridge per port group, one tap per running guest.
type network struct {
	namespace string // empty: nothing boots, and bridges are names only
	mu        sync.Mutex
	bridges   map[string]string // of port groups by name
	fixed     map[string]bool   // bridges that were there before us
}

func newNetwork(config *Config) *network {
	n := &network{bridges: map[string]string{}, fixed: map[string]bool{}}
	if config.Guests != nil {
		n.namespace = config.Guests.SwitchNamespace
	}
	for _, c := range config.Networks {
		n.bridges[c.Name] = c.Bridge
		n.fixed[c.Bridge] = true
	}
	return n
}

// bridgeName is the name of the bridge of a port group made later: "pg-" and ten hexadecimal digits of the name's SHA-256.
func bridgeName(portGroup string) string {
	return fmt.Sprintf("%s%.5x", bubblePrefix, sha256.Sum256([]byte(portGroup)))
}

// ip runs iproute2 in the switch namespace.
func (n *network) ip(arguments ...string) ([]byte, error) {
	if n.namespace == "" {
		return nil, nil
	}
	output, err := within(commandTime, "ip", append([]string{"-n", n.namespace}, arguments...)...)
	if err != nil {
		return nil, fmt.Errorf("ip %s: %w", strings.Join(arguments, " "), err)
	}
	return output, nil
}

// clean removes the taps and bridges a vCenter of this namespace has made.
func (n *network) clean() error {
	output, err := n.ip("-json", "link", "show")
	if err != nil || len(output) == 0 {
		return err
	}
	var links []struct {
		Name string `json:"ifname"`
	}
	if err := json.Unmarshal(output, &links); err != nil {
		return fmt.Errorf("ip link show: %w", err)
	}
	for _, link := range links {
		ours := strings.HasPrefix(link.Name, tapPrefix) || strings.HasPrefix(link.Name, bubblePrefix) ||
			strings.HasPrefix(link.Name, legPrefix)
		if ours && !n.fixed[link.Name] {
			if _, err := n.ip("link", "delete", link.Name); err != nil {
				return err
			}
		}
	}
	return nil
}

// addBridge makes the bridge of a port group; one that exists already is taken as it is.
func (n *network) addBridge(portGroup string) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.bridges[portGroup] != "" {
		return nil
	}
	name := bridgeName(portGroup)
	if _, err := n.ip("link", "add", name, "type", "bridge", "forward_delay", "0", "mcast_snooping", "0"); err != nil {
		return err
	}
	if err := n.silence(name); err != nil {
		n.ip("link", "delete", name)
		return err
	}
	if _, err := n.ip("link", "set", name, "up"); err != nil {
		n.ip("link", "delete", name)
		return err
	}
	n.bridges[portGroup] = name
	return nil
}

// removeBridge removes the bridge of a port group, unless it was there before us.
func (n *network) removeBridge(portGroup string) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	name := n.bridges[portGroup]
	delete(n.bridges, portGroup)
	if name == "" || n.fixed[name] {
		return nil
	}
	_, err := n.ip("link", "delete", name)
	return err
}

// bridgeOf is the bridge of a port group, or empty.
func (n *network) bridgeOf(portGroup string) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.bridges[portGroup]
}

// rename keeps a port group's bridge when its name changes.
func (n *network) rename(from, to string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if bridge, known := n.bridges[from]; known {
		delete(n.bridges, from)
		n.bridges[to] = bridge
	}
}

// addTap makes a guest's tap and attaches it to a bridge.
func (n *network) addTap(tap, bridge string) error {
	n.ip("link", "delete", tap) // of a guest that ended by itself
	if _, err := n.ip("tuntap", "add", tap, "mode", "tap"); err != nil {
		return err
	}
	if err := n.attach(tap, bridge); err != nil {
		n.removeTap(tap)
		return err
	}
	return nil
}

// attach moves a tap to a bridge, or with none unplugs it.
func (n *network) attach(tap, bridge string) error {
	arguments := []string{"link", "set", tap, "up", "nomaster"}
	if bridge != "" {
		arguments = []string{"link", "set", tap, "up", "master", bridge}
	}
	_, err := n.ip(arguments...)
	return err
}

func (n *network) removeTap(tap string) {
	n.ip("link", "delete", tap)
}
