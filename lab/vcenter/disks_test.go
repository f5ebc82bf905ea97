// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

func needQemuImg(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("qemu-img"); err != nil {
		t.Skip("qemu-img is not here")
	}
}

// write changes a byte pattern at the overlay's beginning, as a guest would.
func write(t *testing.T, d *disk, pattern string) {
	t.Helper()
	if err := d.ensureOverlay(); err != nil {
		t.Fatal(err)
	}
	output, err := exec.Command("qemu-io", "-f", "qcow2", "-c", "write -P "+pattern+" 0 64k", d.overlay()).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, output)
	}
}

// firstByte reads what a frozen state's export holds at its beginning.
func firstByte(t *testing.T, f *frozen) byte {
	t.Helper()
	path, err := f.file()
	if err != nil {
		t.Fatal(err)
	}
	raw := filepath.Join(t.TempDir(), "raw")
	if err := qemuImg("convert", "-O", "raw", path, raw); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(raw)
	if err != nil || len(content) == 0 {
		t.Fatal(err)
	}
	return content[0]
}

func newDisk(t *testing.T) *disk {
	t.Helper()
	d := &disk{dir: t.TempDir(), seed: "seed"}
	base, err := d.bytes()
	if err != nil {
		t.Fatal(err)
	}
	d.base = base
	return d
}

func TestASeededDiskIsTheSameFileEachTime(t *testing.T) {
	needQemuImg(t)
	one, err1 := os.ReadFile(newDisk(t).base)
	two, err2 := os.ReadFile(newDisk(t).base)
	if err1 != nil || err2 != nil || !bytes.Equal(one, two) || !bytes.HasPrefix(one, []byte("KDMV")) {
		t.Fatal(err1, err2, len(one), len(two))
	}
}

func TestAFrozenStateStaysAsItWas(t *testing.T) {
	needQemuImg(t)
	d := newDisk(t)
	write(t, d, "0x11")
	f, err := d.freeze("frozen-1")
	if err != nil {
		t.Fatal(err)
	}
	write(t, d, "0x22")
	if got := firstByte(t, f); got != 0x11 {
		t.Fatalf("frozen: %#x", got)
	}
	if err := d.restore(f); err != nil {
		t.Fatal(err)
	}
	again, err := d.freeze("frozen-2")
	if err != nil || firstByte(t, again) != 0x11 {
		t.Fatal("not restored", err)
	}
	if err := f.remove(); err != nil {
		t.Fatal(err)
	}
	left, _ := filepath.Glob(filepath.Join(d.dir, "frozen-1*"))
	if len(left) > 0 {
		t.Fatal(left)
	}
}

func TestRestoringAStateFromBeforeTheFirstStartForgetsTheOverlay(t *testing.T) {
	needQemuImg(t)
	d := newDisk(t)
	f, err := d.freeze("frozen-1")
	if err != nil || f.overlay != "" {
		t.Fatal(f, err)
	}
	write(t, d, "0x22")
	if err := d.restore(f); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(d.overlay()); !os.IsNotExist(err) {
		t.Fatal(err)
	}
}

func TestACopyHasBytesOfItsOwn(t *testing.T) {
	needQemuImg(t)
	d := newDisk(t)
	write(t, d, "0x11")
	f, err := d.freeze("frozen-1")
	if err != nil {
		t.Fatal(err)
	}
	other := &disk{dir: t.TempDir()}
	if err := f.copyTo(other); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(d.dir); err != nil {
		t.Fatal(err)
	}
	copied, err := other.freeze("frozen-1")
	if err != nil || firstByte(t, copied) != 0x11 {
		t.Fatal("not copied", err)
	}
}

func TestAMissingOverlayDirectoryFailsTheFreeze(t *testing.T) {
	needQemuImg(t)
	d := newDisk(t)
	write(t, d, "0x11")
	if err := os.Mkdir(filepath.Join(d.dir, "frozen-1.qcow2"), 0o700); err != nil { // in the way of the copy
		t.Fatal(err)
	}
	if f, err := d.freeze("frozen-1"); err == nil || f != nil {
		t.Fatal("no error")
	}
}

func TestOnlyADiskWithTheGuestsFileSystemBoots(t *testing.T) {
	needQemuImg(t)
	if _, err := exec.LookPath("mkfs.ext4"); err != nil {
		t.Skip("mkfs.ext4 is not here")
	}
	for label, boots := range map[string]bool{guestLabel: true, "other": false} {
		dir := t.TempDir()
		raw, vmdk := filepath.Join(dir, "raw"), filepath.Join(dir, "disk.vmdk")
		if err := os.WriteFile(raw, make([]byte, 8<<20), 0o600); err != nil {
			t.Fatal(err)
		}
		if output, err := exec.Command("mkfs.ext4", "-q", "-F", "-L", label, raw).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, output)
		}
		if err := streamOptimize("raw", raw, vmdk); err != nil {
			t.Fatal(err)
		}
		if d := (&disk{dir: dir, base: vmdk}); d.holdsGuest() != boots {
			t.Errorf("label %q: boots is %v", label, !boots)
		}
	}
	if newDisk(t).holdsGuest() {
		t.Error("a disk made from a seed boots")
	}
}
