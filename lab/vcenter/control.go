// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"errors"
	"log"
	"net"
	"net/http"
	"os"
	"sort"
)

// openControl serves the control endpoint on its Unix socket: injected failures, and what is running. Its directory's mode is its guard.
func (s *site) openControl() error {
	if err := removeFile(s.config.Control); err != nil {
		return err
	}
	listener, err := net.Listen("unix", s.config.Control)
	if err != nil {
		return err
	}
	if err := os.Chmod(s.config.Control, 0o600); err != nil {
		return err
	}
	s.control = listener
	mux := http.NewServeMux()
	mux.HandleFunc("POST /fault", s.postFault)
	mux.HandleFunc("POST /nfc-break", s.postBreak)
	mux.HandleFunc("DELETE /fault", func(w http.ResponseWriter, _ *http.Request) {
		s.faults.clear()
		s.veils.clear()
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("POST /veil", s.postVeil)
	mux.HandleFunc("GET /guests", s.getGuests)
	go func() {
		if err := http.Serve(listener, mux); !errors.Is(err, net.ErrClosed) {
			log.Printf("control endpoint: %v", err)
		}
	}()
	return nil
}

// decode reads a strict JSON body, or answers 400.
func decode(w http.ResponseWriter, r *http.Request, into any) bool {
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<16))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return false
	}
	return true
}

func (s *site) postFault(w http.ResponseWriter, r *http.Request) {
	rule := new(Rule)
	if !decode(w, r, rule) {
		return
	}
	if err := rule.check(); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.faults.mu.Lock()
	s.faults.rules = append(s.faults.rules, rule)
	s.faults.mu.Unlock()
	w.WriteHeader(http.StatusNoContent)
}

func (s *site) postBreak(w http.ResponseWriter, r *http.Request) {
	request := &Break{Count: 1}
	if !decode(w, r, request) {
		return
	}
	if d := request.Direction; d != "" && d != "download" && d != "upload" {
		http.Error(w, "direction is download or upload", http.StatusBadRequest)
		return
	}
	s.faults.mu.Lock()
	s.faults.breaks = append(s.faults.breaks, request)
	s.faults.mu.Unlock()
	w.WriteHeader(http.StatusNoContent)
}

// getGuests lists the running guests by machine name.
func (s *site) getGuests(w http.ResponseWriter, _ *http.Request) {
	type line struct {
		Name   string `json:"name"`
		Moref  string `json:"moref"`
		PID    int    `json:"pid"`
		Bridge string `json:"bridge"`
		Tap    string `json:"tap"`
	}
	lines := []line{}
	s.mu.Lock()
	machines := make([]*machine, 0, len(s.machines))
	for _, m := range s.machines {
		machines = append(machines, m)
	}
	s.mu.Unlock()
	for _, m := range machines {
		if g := m.running(); g != nil {
			lines = append(lines, line{s.nameOf(m.ref), m.ref.Value, g.pid, g.bridge, g.tap})
		}
	}
	sort.Slice(lines, func(i, j int) bool { return lines[i].Name < lines[j].Name })
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(lines)
}
