// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/base64"
	"encoding/json"
	"log"
	"strings"
)

// factsFile is where a machine is to find its facts; in the lab they are words of the kernel's command line.
const factsFile = "/etc/cityops/facts"

// guestInfo is what a guest is told on its kernel command line: every guestinfo key, and what cloud-init would make of the metadata and
// user data among them.
func guestInfo(options map[string]string) map[string]string {
	info := map[string]string{}
	for key, value := range options {
		name, found := strings.CutPrefix(key, "guestinfo.")
		if found && !strings.HasPrefix(name, "metadata") && !strings.HasPrefix(name, "userdata") {
			info[name] = value
		}
	}
	if text := decodeGuestInfo(options, "metadata"); text != "" {
		readMetadata(text, info)
	}
	if text := decodeGuestInfo(options, "userdata"); text != "" {
		readUserData(text, info)
	}
	return info
}

// decodeGuestInfo is the text below a key, whose encoding stands beside it.
func decodeGuestInfo(options map[string]string, name string) string {
	text := options["guestinfo."+name]
	if options["guestinfo."+name+".encoding"] != "base64" {
		return text
	}
	decoded, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		log.Printf("guestinfo.%s is not base64: %v", name, err)
		return ""
	}
	return string(decoded)
}

// readMetadata takes the name and the first address and gateway.
func readMetadata(text string, info map[string]string) {
	var metadata struct {
		Hostname string `json:"local-hostname"`
		Network  struct {
			Ethernets map[string]struct {
				Addresses []string `json:"addresses"`
				Gateway   string   `json:"gateway4"`
			} `json:"ethernets"`
		} `json:"network"`
	}
	if err := json.Unmarshal([]byte(text), &metadata); err != nil {
		log.Printf("guestinfo.metadata cannot be read: %v", err)
		return
	}
	info["hostname"] = metadata.Hostname
	for _, name := range sortedKeys(metadata.Network.Ethernets) {
		card := metadata.Network.Ethernets[name]
		if len(card.Addresses) > 0 {
			info["address"], info["gateway"] = card.Addresses[0], card.Gateway
			return
		}
	}
}

// readUserData takes the facts, lines of key=value in a file that cloud-init would write.
func readUserData(text string, info map[string]string) {
	_, document, _ := strings.Cut(text, "\n")
	var config struct {
		Files []struct{ Path, Content string } `json:"write_files"`
	}
	if err := json.Unmarshal([]byte(document), &config); err != nil {
		log.Printf("guestinfo.userdata cannot be read: %v", err)
		return
	}
	for _, file := range config.Files {
		if file.Path != factsFile {
			continue
		}
		for _, line := range strings.Split(file.Content, "\n") {
			if key, value, found := strings.Cut(line, "="); found {
				info[key] = value
			}
		}
	}
}
