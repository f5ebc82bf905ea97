// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// A Rule is a failure that the control endpoint asks for.
type Rule struct {
	Method  string `json:"method"`  // "PowerOnVM_Task"; "*" or empty: any
	Object  string `json:"object"`  // name or moref; "*" or empty: any
	Mode    string `json:"mode"`    // "call" (default), "task", "drop", "delay"
	Fault   string `json:"fault"`   // type name, for call and task: "NoDiskSpace"
	Message string `json:"message"` // what the client reads
	// Privilege is what a NoPermission says is lacking; optional.
	Privilege string  `json:"privilege"`
	Count     int     `json:"count"` // how often; 0: until deleted
	Delay     float64 `json:"delay"` // seconds to wait first
}

// check refuses a rule that could never strike.
func (r *Rule) check() error {
	switch r.Mode {
	case "":
		r.Mode = "call"
	case "call", "task", "drop", "delay":
	default:
		return fmt.Errorf("mode is call, task, drop or delay, not %q", r.Mode)
	}
	if r.Mode == "drop" || r.Mode == "delay" {
		return nil
	}
	_, err := r.fault()
	return err
}

// fault makes the rule's fault by its type's name.
func (r *Rule) fault() (types.BaseMethodFault, error) {
	name := r.Fault
	kind, known := types.TypeFunc()(name)
	if !known {
		return nil, fmt.Errorf("no fault is named %q", name)
	}
	fault, ok := reflect.New(kind).Interface().(types.BaseMethodFault)
	if !ok {
		return nil, fmt.Errorf("%q is not a fault", name)
	}
	if lacking, ok := fault.(*types.NoPermission); ok {
		lacking.PrivilegeId = r.Privilege
	}
	return fault, nil
}

// Break is a broken NFC transfer that the control endpoint asks for.
type Break struct {
	AfterBytes int64  `json:"after_bytes"`
	Count      int    `json:"count"`
	Direction  string `json:"direction"` // "download" or "upload"; empty: either
	// Silent ends a download like a server that announces no length and gives no manifest; optional.
	Silent bool `json:"silent"`
}

// faultList holds the failures still to come.
type faultList struct {
	mu     sync.Mutex
	rules  []*Rule
	breaks []*Break
}

// take returns the first rule of the wanted kinds that fits, and uses it up once.
func (l *faultList) take(s *site, object types.ManagedObjectReference, method string, modes string) *Rule {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, r := range l.rules {
		if !strings.Contains(modes, r.Mode) || !fits(r.Method, method) {
			continue
		}
		if !fits(r.Object, object.Value) && !fits(r.Object, s.nameOf(object)) {
			continue
		}
		if r.Count == 1 {
			l.rules = append(l.rules[:i:i], l.rules[i+1:]...)
		} else if r.Count > 1 {
			r.Count--
		}
		return r
	}
	return nil
}

func fits(pattern, name string) bool { return pattern == "" || pattern == "*" || pattern == name }

// strike applies a rule to a call, if one fits; true means the call has been turned into its failure.
func (l *faultList) strike(s *site, method *simulator.Method) bool {
	rule := l.take(s, method.This, method.Name, "call drop delay")
	if rule == nil {
		return false
	}
	time.Sleep(time.Duration(rule.Delay * float64(time.Second)))
	switch rule.Mode {
	case "drop":
		panic(http.ErrAbortHandler) // the connection ends without an answer, and net/http says nothing of it
	case "call":
		method.This, method.Name, method.Body = directorRef, "InjectedFault", rule
		return true
	}
	return false
}

// strikeTask returns the failure of a task, if a rule asks for one.
func (l *faultList) strikeTask(s *site, object types.ManagedObjectReference, method string) error {
	rule := l.take(s, object, method, "task")
	if rule == nil {
		return nil
	}
	time.Sleep(time.Duration(rule.Delay * float64(time.Second)))
	fault, err := rule.fault()
	if err != nil {
		return err
	}
	return fail(fault, "%s", rule.Message)
}

// takeBreak returns how a transfer must break, or nil.
func (l *faultList) takeBreak(direction string) *Break {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, b := range l.breaks {
		if b.Direction != "" && b.Direction != direction {
			continue
		}
		if b.Count--; b.Count <= 0 {
			l.breaks = append(l.breaks[:i:i], l.breaks[i+1:]...)
		}
		return b
	}
	return nil
}

// clear forgets every failure.
func (l *faultList) clear() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rules, l.breaks = nil, nil
}

type faultBody struct{ Reason *soap.Fault }

func (b *faultBody) Fault() *soap.Fault { return b.Reason }

// InjectedFault answers a call with the fault of a rule.
func (d *director) InjectedFault(_ *simulator.Context, rule *Rule) soap.HasFault {
	fault, err := rule.fault()
	if err != nil {
		return &faultBody{soapFault(err)}
	}
	return &faultBody{simulator.Fault(rule.Message, fault)}
}
