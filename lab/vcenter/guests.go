// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// answerTime is how long a new QEMU may take to answer on its socket: on a machine that is busy with much else, far longer than the
// second it needs otherwise; one that ended is seen at once.
const answerTime = 2 * time.Minute

// A guest is one running QEMU.
type guest struct {
	pid    int
	tap    string
	bridge string
	socket string
	ended  chan struct{}
	mu     sync.Mutex
	wanted bool // its end was asked for
}

// startGuest runs QEMU in the switch namespace on the overlay of the machine's first disk and returns once it answers on its control socket.
// Guests step back before everything else on the machine: the suite that works on them shares its two processors.
func (c *GuestsConfig) startGuest(dir, tap, mac string, disk *disk, words []string) (*guest, error) {
	g := &guest{tap: tap, socket: filepath.Join(dir, "qmp.sock"), ended: make(chan struct{})}
	if err := removeFile(g.socket); err != nil {
		return nil, err
	}
	var complaint bytes.Buffer
	command := exec.Command("nsenter", append([]string{"--net=/run/netns/" + c.SwitchNamespace, "nice", "-n", "5", c.QEMU},
		c.arguments(tap, mac, disk, words)...)...)
	command.Dir, command.Stderr = dir, &complaint
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C is for us: we end guests in order
	if err := command.Start(); err != nil {
		return nil, err
	}
	g.pid = command.Process.Pid
	go func() {
		command.Wait()
		close(g.ended)
	}()
	for deadline := time.Now().Add(answerTime); ; {
		if _, err := g.ask("query-status"); err == nil {
			return g, nil
		}
		select {
		case <-g.ended:
			return nil, fmt.Errorf("QEMU ended at once: %s", bytes.TrimSpace(complaint.Bytes()))
		case <-time.After(30 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			g.end()
			return nil, fmt.Errorf("QEMU did not answer within %s", answerTime)
		}
	}
}

// arguments is QEMU's command line. Paths are whole: the state directory in it is how a successor knows the guest for its own. ACPI
// stays on, for Debian's kernel has no virtio-mmio devices from the command line; the socket is relative, since its length is limited.
// The processor has no cmpxchg16b: QEMU 7.2 now and then leaves garbage in the flags after it, and the kernel oopses (6 of 10 boots seen).
// Its timer never stops (arat): without that word Debian's kernel ticks 250 times a second for ever, and an idle guest costs 2.7 % of a core.
func (c *GuestsConfig) arguments(tap, mac string, disk *disk, words []string) []string {
	kernel := []string{"console=ttyS0", "root=/dev/vda", "rw", "quiet", "panic=-1"}
	kernel = append(append(kernel, clockWords()...), words...)
	return []string{
		"-M", "microvm", "-accel", "tcg,tb-size=32", "-cpu", "qemu64,-cx16,+arat", "-m", strconv.Itoa(c.MemoryMiB),
		"-nodefaults", "-no-user-config", "-display", "none",
		"-kernel", c.Kernel, "-initrd", c.Initrd, "-append", strings.Join(kernel, " "),
		"-drive", "if=none,id=disk0,format=qcow2,file=" + strings.ReplaceAll(disk.overlay(), ",", ",,"),
		"-device", "virtio-blk-device,drive=disk0",
		"-netdev", "tap,id=net0,script=no,downscript=no,ifname=" + tap, "-device", "virtio-net-device,netdev=net0,mac=" + mac,
		"-serial", "file:console.log", "-qmp", "unix:qmp.sock,server=on,wait=off",
	}
}

// end stops the guest like a power switch: QEMU writes out what it holds, then goes.
func (g *guest) end() {
	g.mu.Lock()
	g.wanted = true
	g.mu.Unlock()
	go g.ask("quit") // one that hangs does not answer
	select {
	case <-g.ended:
	case <-time.After(5 * time.Second):
		syscall.Kill(g.pid, syscall.SIGKILL)
		<-g.ended
	}
}

// wasWanted says whether the end of the guest was asked for.
func (g *guest) wasWanted() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.wanted
}

// endStrayGuests ends the guests of a predecessor that was killed: every QEMU with a disk below the directory.
func endStrayGuests(directory string) error {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return err
	}
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil || !isGuestOf(pid, directory) {
			continue
		}
		log.Printf("ending guest %d, left by a predecessor", pid)
		syscall.Kill(pid, syscall.SIGKILL)
		for deadline := time.Now().Add(5 * time.Second); isGuestOf(pid, directory); time.Sleep(20 * time.Millisecond) {
			if time.Now().After(deadline) {
				return fmt.Errorf("guest %d, left by a predecessor, does not end", pid)
			}
		}
	}
	return nil
}

// isGuestOf looks at a process's command line: a drive below the directory, given as startGuest gives it.
func isGuestOf(pid int, directory string) bool {
	line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	if err != nil {
		return false
	}
	drive := "if=none,id=disk0,format=qcow2,file=" + strings.ReplaceAll(directory, ",", ",,")
	for _, argument := range strings.Split(string(line), "\x00") {
		if strings.HasPrefix(argument, drive) {
			return true
		}
	}
	return false
}
