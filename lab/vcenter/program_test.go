// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"
	"testing"
	"time"
)

func TestAProgramIsHeardEndsInTimeOrIsKilled(t *testing.T) {
	if output, err := within(time.Minute, "sh", "-c", "echo said; echo warned >&2"); err != nil || string(output) != "said\n" {
		t.Errorf("%q, %v", output, err)
	}
	if _, err := within(time.Minute, "sh", "-c", "echo no such thing >&2; exit 3"); err == nil || !strings.Contains(err.Error(), "no such thing") {
		t.Errorf("what it complained of is lost: %v", err)
	}
	begin := time.Now()
	if _, err := within(50*time.Millisecond, "sleep", "60"); err == nil || !strings.Contains(err.Error(), "did not end within 50ms") {
		t.Errorf("%v", err)
	}
	if time.Since(begin) > 10*time.Second {
		t.Error("it was waited for")
	}
}
