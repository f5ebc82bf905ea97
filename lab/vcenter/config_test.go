// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// validConfig is a site of two machines whose files lie below dir.
func validConfig(dir string) *Config {
	machine := func(name, mac string) MachineConfig {
		return MachineConfig{Name: name, UUID: "uuid-" + name, VCPUs: 1, MemoryMiB: 96, DiskGiB: 1, Network: "app", MAC: mac,
			Address: "10.0.0.5", Folder: "agency-a", PoweredOn: true, GuestInfo: map[string]string{"role": "web"}}
	}
	return &Config{
		Site: "north", Listen: "127.0.0.3:0", Certificate: "c", Key: "k", Username: "u", PasswordFile: filepath.Join(dir, "password"),
		InstanceUUID: "11111111-2222-3333-4444-555555555555", Datacenter: "north", Cluster: "hci", Hosts: []string{"h1", "h2", "h3"},
		Datastore: "vsan", Folders: []string{"agency-a"}, Networks: []NetworkConfig{{Name: "app", Bridge: "br0"}},
		Machines: []MachineConfig{machine("one", "02:00:00:00:00:01"), machine("two", "02:00:00:00:00:02")},
		State:    filepath.Join(dir, "state"), Control: filepath.Join(dir, "control"), LeaseTimeoutSeconds: 300,
	}
}

func writeConfig(t *testing.T, document any) string {
	t.Helper()
	text, err := json.Marshal(document)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "site.json")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestAValidDescriptionIsRead(t *testing.T) {
	config := validConfig(t.TempDir())
	read, err := readConfig(writeConfig(t, config))
	if err != nil {
		t.Fatal(err)
	}
	if len(read.Machines) != 2 || read.Machines[1].Name != "two" || read.Guests != nil {
		t.Fatalf("%+v", read)
	}
}

func TestAnUnknownKeyIsAnError(t *testing.T) {
	_, err := readConfig(writeConfig(t, map[string]any{"site": "north", "colour": "blue"}))
	if err == nil || !strings.Contains(err.Error(), "colour") {
		t.Fatal(err)
	}
}

func TestEverythingWrongIsSaidAtOnce(t *testing.T) {
	config := validConfig(t.TempDir())
	config.Hosts = config.Hosts[:2]
	config.State = "relative"
	config.Machines[0].Network = "nowhere"
	config.Machines[1].Name = "../two"
	config.Machines[1].GuestInfo = map[string]string{"role": "web init=/bin/sh"}
	_, err := readConfig(writeConfig(t, config))
	for _, part := range []string{"vSAN needs three", "relative", `unknown network "nowhere"`, `"../two"`, "init=/bin/sh"} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%q is not in:\n%v", part, err)
		}
	}
}

func TestKernelWordsAreSortedAndCannotEndAWord(t *testing.T) {
	words, err := kernelWords(map[string]string{"role": "web", "address": "10.0.0.5/24"})
	if err != nil || strings.Join(words, " ") != "cityops.address=10.0.0.5/24 cityops.role=web" {
		t.Fatal(words, err)
	}
	for key, value := range map[string]string{"a b": "x", "role": "a b", "Role": "x", "quote": `"`} {
		if _, err := kernelWords(map[string]string{key: value}); err == nil {
			t.Errorf("%q=%q is accepted", key, value)
		}
	}
}

func TestABridgeNameIsShortAndFollowsFromThePortGroup(t *testing.T) {
	name := bridgeName("drill-2026-11-21-central-app")
	if len(name) != 13 || name != bridgeName("drill-2026-11-21-central-app") || name == bridgeName("drill-2026-11-21-central-db") {
		t.Fatal(name)
	}
}
