// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/base64"
	"maps"
	"testing"
)

func TestAGuestIsToldWhatCloudInitWouldRead(t *testing.T) {
	encode := func(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }
	options := map[string]string{
		"guestinfo.ssh_key": "QUJD", "other": "x",
		"guestinfo.metadata": encode(`{"instance-id": "web-01", "local-hostname": "web-01", "network": {"version": 2, "ethernets":
			{"first": {"match": {"name": "e*"}, "addresses": ["10.1.10.12/24"], "gateway4": "10.1.10.1"}}}}`),
		"guestinfo.metadata.encoding": "base64",
		"guestinfo.userdata": encode("#cloud-config\n" +
			`{"write_files": [{"path": "/etc/cityops/facts", "content": "role=web\ndatabase=10.1.10.11\n"}]}`),
		"guestinfo.userdata.encoding": "base64",
	}
	wanted := map[string]string{
		"ssh_key": "QUJD", "hostname": "web-01", "address": "10.1.10.12/24", "gateway": "10.1.10.1", "role": "web", "database": "10.1.10.11",
	}
	if got := guestInfo(options); !maps.Equal(got, wanted) {
		t.Fatal(got)
	}
}

func TestWhatCloudInitCouldNotReadIsLeftOut(t *testing.T) {
	options := map[string]string{
		"guestinfo.hostname": "web-01", "guestinfo.metadata": "%%%", "guestinfo.metadata.encoding": "base64", "guestinfo.userdata": "{",
	}
	if got := guestInfo(options); len(got) != 1 || got["hostname"] != "web-01" {
		t.Fatal(got)
	}
}
