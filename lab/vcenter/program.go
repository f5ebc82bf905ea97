// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"time"
)

// within runs a program and returns what it printed, or what it complained of. One that takes longer than it ever should is killed: it
// would hold its machine for good.
func within(limit time.Duration, name string, arguments ...string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	command := exec.CommandContext(ctx, name, arguments...)
	var complaint bytes.Buffer
	command.Stderr = &complaint
	output, err := command.Output()
	if ctx.Err() != nil {
		return nil, fmt.Errorf("%s did not end within %s", name, limit)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", bytes.TrimSpace(append(complaint.Bytes(), output...)), err)
	}
	return output, nil
}
