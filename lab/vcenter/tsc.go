// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"sync"
	"time"
)

// readTSC reads this machine's time stamp counter, which QEMU without KVM shows its guests as it is.
func readTSC() uint64

// clockWords tell a guest's kernel the counter's frequency. On a busy machine the kernel fails to find it out, and then either hangs for
// ever while booting ("could not calculate TSC khz") or falls back to a clock that stands still whenever QEMU does.
var clockWords = sync.OnceValue(func() []string {
	ticks, begin := tscNow()
	time.Sleep(200 * time.Millisecond)
	later, end := tscNow()
	khz := float64(later-ticks) / float64(end.Sub(begin).Microseconds()) * 1000
	return []string{fmt.Sprintf("tsc_early_khz=%.0f", khz), "tsc=reliable"}
})

// tscNow pairs the counter with the time: of several readings the one least disturbed.
func tscNow() (ticks uint64, now time.Time) {
	narrowest := ^uint64(0)
	for range 50 {
		before := readTSC()
		seen := time.Now()
		after := readTSC()
		if after-before < narrowest {
			narrowest, ticks, now = after-before, before+(after-before)/2, seen
		}
	}
	return ticks, now
}
