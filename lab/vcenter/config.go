// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Config describes one site's vCenter; every key is required unless it says otherwise, and an unknown key is an error.
type Config struct {
	Site         string          `json:"site"`
	Listen       string          `json:"listen"`
	Certificate  string          `json:"certificate"`
	Key          string          `json:"key"`
	Username     string          `json:"username"`
	PasswordFile string          `json:"password_file"`
	InstanceUUID string          `json:"instance_uuid"`
	Datacenter   string          `json:"datacenter"`
	Cluster      string          `json:"cluster"`
	Hosts        []string        `json:"hosts"` // three at least: vSAN's own minimum
	Datastore    string          `json:"datastore"`
	Folders      []string        `json:"folders"`
	Networks     []NetworkConfig `json:"networks"`
	Machines     []MachineConfig `json:"machines"`
	State        string          `json:"state"`
	Guests       *GuestsConfig   `json:"guests"` // null: nothing boots, power is a state only
	Control      string          `json:"control"`
	// LeaseTimeoutSeconds is how long an NFC lease lives without progress; optional, 300 as in a real vCenter.
	LeaseTimeoutSeconds int `json:"lease_timeout_seconds"`
}

// NetworkConfig is a port group that exists from the start, and the Linux bridge its guests are attached to.
type NetworkConfig struct {
	Name   string `json:"name"`
	Bridge string `json:"bridge"`
	VLAN   int32  `json:"vlan"` // what its port group shows; optional, 0: untagged (the bridge tags nothing)
}

// MachineConfig is a machine that exists from the start.
type MachineConfig struct {
	Name       string            `json:"name"`
	UUID       string            `json:"uuid"` // instanceUuid
	VCPUs      int32             `json:"vcpus"`
	MemoryMiB  int64             `json:"memory_mib"`
	DiskGiB    int64             `json:"disk_gib"`
	Network    string            `json:"network"`
	MAC        string            `json:"mac"`
	Address    string            `json:"address"` // optional
	Folder     string            `json:"folder"`  // optional: the datacenter's own folder
	Annotation string            `json:"annotation"`
	PoweredOn  bool              `json:"powered_on"`
	Template   bool              `json:"template"`
	Disk       string            `json:"disk"` // streamOptimized VMDK, of a guest if it is to boot; optional: made from the UUID
	GuestInfo  map[string]string `json:"guestinfo"`
	// Namespace is the network namespace of this computer that the machine is (see legs.go); optional.
	Namespace string `json:"namespace"`
}

// GuestsConfig says how machines that boot are run.
type GuestsConfig struct {
	QEMU            string `json:"qemu"`
	Kernel          string `json:"kernel"`
	Initrd          string `json:"initrd"`
	MemoryMiB       int    `json:"memory_mib"`
	SwitchNamespace string `json:"switch_namespace"` // holds the site's bridges; one site's only
}

// readConfig reads and checks a site's description.
func readConfig(path string) (*Config, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	decoder := json.NewDecoder(file)
	decoder.DisallowUnknownFields()
	config := &Config{LeaseTimeoutSeconds: 300}
	if err := decoder.Decode(config); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if decoder.More() {
		return nil, fmt.Errorf("%s: text after the document", path)
	}
	if err := config.check(); err != nil {
		return nil, fmt.Errorf("%s:\n%w", path, err)
	}
	return config, nil
}

// check returns everything that is wrong with the description, joined.
func (c *Config) check() error {
	var wrong []error
	complain := func(format string, values ...any) { wrong = append(wrong, fmt.Errorf(format, values...)) }
	for key, value := range map[string]string{
		"site": c.Site, "listen": c.Listen, "certificate": c.Certificate, "key": c.Key, "username": c.Username,
		"password_file": c.PasswordFile, "instance_uuid": c.InstanceUUID, "datacenter": c.Datacenter, "cluster": c.Cluster,
		"datastore": c.Datastore, "control": c.Control,
	} {
		if value == "" {
			complain("%s is missing", key)
		}
	}
	if !filepath.IsAbs(c.State) || filepath.Clean(c.State) == "/" {
		complain("state must be the absolute path of a directory of this vCenter's own, not %q", c.State)
	}
	if len(c.Hosts) < 3 {
		complain("hosts: %d, but vSAN needs three", len(c.Hosts))
	}
	if c.LeaseTimeoutSeconds < 1 {
		complain("lease_timeout_seconds must be positive, not %d", c.LeaseTimeoutSeconds)
	}
	if g := c.Guests; g != nil && (g.QEMU == "" || g.Kernel == "" || g.Initrd == "" || g.MemoryMiB < 1 || g.SwitchNamespace == "") {
		complain("guests: qemu, kernel, initrd, memory_mib and switch_namespace are all needed")
	}
	return errors.Join(append(append(wrong, c.checkNetworks()...), c.checkMachines()...)...)
}

func (c *Config) checkNetworks() (wrong []error) {
	seen := map[string]bool{}
	for _, network := range c.Networks {
		if network.Name == "" || network.Bridge == "" || len(network.Bridge) > 15 {
			wrong = append(wrong, fmt.Errorf("network %q: bridge %q must have 1 to 15 characters", network.Name, network.Bridge))
		}
		if seen[network.Name] {
			wrong = append(wrong, fmt.Errorf("network %q: twice", network.Name))
		}
		seen[network.Name] = true
	}
	return wrong
}

func (c *Config) checkMachines() (wrong []error) {
	networks, seen := map[string]bool{}, map[string]bool{}
	for _, network := range c.Networks {
		networks[network.Name] = true
	}
	for _, m := range c.Machines {
		complain := func(format string, values ...any) {
			wrong = append(wrong, fmt.Errorf("machine %q: %s", m.Name, fmt.Sprintf(format, values...)))
		}
		if checkName(m.Name) != nil || m.UUID == "" {
			complain("needs a name without slashes and a uuid")
		}
		if seen[m.Name] || seen[m.UUID] {
			complain("name or uuid twice")
		}
		seen[m.Name], seen[m.UUID] = true, true
		if m.Folder != "" && !slices.Contains(c.Folders, m.Folder) {
			complain("unknown folder %q", m.Folder)
		}
		if !networks[m.Network] {
			complain("unknown network %q", m.Network)
		}
		if _, err := net.ParseMAC(m.MAC); err != nil {
			complain("%v", err)
		}
		if m.VCPUs < 1 || m.MemoryMiB < 1 || m.DiskGiB < 1 {
			complain("vcpus, memory_mib and disk_gib must be positive")
		}
		if m.Template && m.PoweredOn {
			complain("a template cannot be powered on")
		}
		if _, err := kernelWords(m.GuestInfo); err != nil {
			complain("%v", err)
		}
	}
	return wrong
}

var (
	guestKey   = regexp.MustCompile(`^[a-z][a-z0-9_.-]*$`)
	guestValue = regexp.MustCompile(`^[A-Za-z0-9._:/,@+=-]*$`)
)

// kernelWords turns guest information into words of a kernel command line, sorted, and refuses what could end a word.
func kernelWords(info map[string]string) ([]string, error) {
	words := make([]string, 0, len(info))
	for _, key := range sortedKeys(info) {
		if !guestKey.MatchString(key) || !guestValue.MatchString(info[key]) {
			return nil, fmt.Errorf("guestinfo %s=%q: only letters, digits and ._:/,@+=- reach a guest", key, info[key])
		}
		words = append(words, "cityops."+key+"="+info[key])
	}
	return words, nil
}

// escapes are how a vCenter writes slash, backslash and percent sign in a name.
var escapes = regexp.MustCompile(`(?i)%(2f|5c|25)`)

// checkName refuses names that the simulator would turn into a path outside its own directory.
func checkName(name string) error {
	if name == "" || strings.HasPrefix(name, ".") || strings.ContainsAny(escapes.ReplaceAllString(name, ""), "/\\%") || len(name) > 80 {
		return fmt.Errorf("%q is no name: 1 to 80 characters, no dot in front, slashes and percent signs escaped", name)
	}
	return nil
}
