// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"
)

// ask sends the guest's QEMU one command and returns its answer.
func (g *guest) ask(command string) (json.RawMessage, error) {
	directory, err := os.Open(filepath.Dir(g.socket))
	if err != nil {
		return nil, err
	}
	defer directory.Close()
	// A socket's address holds 108 characters; this one is short wherever the state directory lies.
	address := fmt.Sprintf("/proc/self/fd/%d/%s", directory.Fd(), filepath.Base(g.socket))
	connection, err := net.DialTimeout("unix", address, time.Second)
	if err != nil {
		return nil, err
	}
	defer connection.Close()
	connection.SetDeadline(time.Now().Add(30 * time.Second))
	decoder, encoder := json.NewDecoder(connection), json.NewEncoder(connection)
	var greeting json.RawMessage
	if err := decoder.Decode(&greeting); err != nil {
		return nil, err
	}
	var answer json.RawMessage
	for _, name := range []string{"qmp_capabilities", command} {
		if err := encoder.Encode(map[string]string{"execute": name}); err != nil {
			return nil, err
		}
		if answer, err = readAnswer(decoder); err != nil {
			return nil, fmt.Errorf("QEMU, asked to %s: %w", name, err)
		}
	}
	return answer, nil
}

// readAnswer skips events.
func readAnswer(decoder *json.Decoder) (json.RawMessage, error) {
	for {
		var message struct {
			Return json.RawMessage               `json:"return"`
			Error  *struct{ Class, Desc string } `json:"error"`
		}
		if err := decoder.Decode(&message); err != nil {
			return nil, err
		}
		if message.Error != nil {
			return nil, fmt.Errorf("%s: %s", message.Error.Class, message.Error.Desc)
		}
		if message.Return != nil {
			return message.Return, nil
		}
	}
}
