// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"
)

const diskLimit = 10 * time.Minute // far beyond what the 64 MB of a guest's disk take

// A disk is what is on one virtual disk: a base that never changes, and an overlay once a guest has run on it.
type disk struct {
	dir  string // the disk's own
	base string // streamOptimized VMDK; empty: no guest boots from it, and its bytes are made from seed when first asked for
	seed string

	looked string // the base that was looked into
	guest  bool   // and whether it holds a guest
}

func (d *disk) overlay() string { return filepath.Join(d.dir, "overlay.qcow2") }

// bytes is the base, or the small disk of a machine without bytes of its own: 1 MiB that follows from the seed alone.
func (d *disk) bytes() (string, error) {
	raw, path := filepath.Join(d.dir, "seed.raw"), filepath.Join(d.dir, "seed.vmdk")
	if d.base != "" {
		return d.base, nil
	}
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	var content bytes.Buffer
	for block := sha256.Sum256([]byte(d.seed)); content.Len() < 1<<20; block = sha256.Sum256(block[:]) {
		content.Write(block[:])
	}
	if err := os.WriteFile(raw, content.Bytes(), 0o600); err != nil {
		return "", err
	}
	defer os.Remove(raw)
	return path, streamOptimize("raw", raw, path)
}

// ensureOverlay makes what a guest writes to.
func (d *disk) ensureOverlay() error {
	if _, err := os.Stat(d.overlay()); err == nil {
		return nil
	}
	base, err := d.bytes()
	if err != nil {
		return err
	}
	return qemuImg("create", "-q", "-f", "qcow2", "-F", "vmdk", "-b", base, d.overlay())
}

// capacity is the virtual size of a disk file in bytes.
func capacity(path string) (int64, error) {
	output, err := within(diskLimit, "qemu-img", "info", "-U", "--output=json", path)
	if err != nil {
		return 0, fmt.Errorf("%s is no disk: %w", filepath.Base(path), err)
	}
	var info struct {
		Size int64 `json:"virtual-size"`
	}
	return info.Size, json.Unmarshal(output, &info)
}

// A frozen is the state of a disk at one moment; nothing that happens to the disk later changes it.
type frozen struct {
	mu      sync.Mutex
	base    string
	overlay string // copy of the disk's, or empty
	export  string // the whole as one streamOptimized VMDK, once asked for
}

// freeze keeps the disk's present state under a name. The guest must not be writing.
func (d *disk) freeze(name string) (*frozen, error) {
	base, err := d.bytes()
	if err != nil {
		return nil, err
	}
	f := &frozen{base: base}
	if _, err := os.Stat(d.overlay()); errors.Is(err, os.ErrNotExist) {
		return f, nil
	}
	f.overlay = filepath.Join(d.dir, name+".qcow2")
	if err := copyFile(d.overlay(), f.overlay); err != nil {
		os.Remove(f.overlay)
		return nil, err
	}
	return f, nil
}

// restore puts the disk back into a frozen state. No guest may be running.
func (d *disk) restore(f *frozen) error {
	if f.overlay == "" {
		return removeFile(d.overlay())
	}
	fresh := d.overlay() + ".new"
	if err := copyFile(f.overlay, fresh); err != nil {
		os.Remove(fresh)
		return err
	}
	return os.Rename(fresh, d.overlay())
}

// file returns the frozen state as one streamOptimized VMDK; it is written at most once.
func (f *frozen) file() (string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.overlay == "" {
		return f.base, nil
	}
	if f.export == "" {
		path := strings.TrimSuffix(f.overlay, ".qcow2") + ".vmdk"
		if err := streamOptimize("qcow2", f.overlay, path); err != nil {
			return "", err
		}
		f.export = path
	}
	return f.export, nil
}

// remove deletes the files of a frozen state; the base is the machine's.
func (f *frozen) remove() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	var wrong []error
	for _, path := range []string{f.overlay, f.export} {
		if path != "" {
			wrong = append(wrong, removeFile(path))
		}
	}
	return errors.Join(wrong...)
}

// copyTo gives another disk bytes of its own, equal to the frozen ones.
func (f *frozen) copyTo(other *disk) error {
	path := filepath.Join(other.dir, "base.vmdk")
	if err := copyFile(f.base, path); err != nil {
		return err
	}
	other.base = path
	if f.overlay == "" {
		return nil
	}
	if err := copyFile(f.overlay, other.overlay()); err != nil {
		return err
	}
	return qemuImg("rebase", "-q", "-u", "-f", "qcow2", "-F", "vmdk", "-b", path, other.overlay())
}

// streamOptimize writes a disk as a streamOptimized VMDK that depends on the content alone: qemu-img's content id is random.
func streamOptimize(format, from, to string) error {
	part := to + ".part"
	defer os.Remove(part)
	if err := qemuImg("convert", "-q", "-U", "-f", format, "-O", "vmdk", "-o", "subformat=streamOptimized", from, part); err != nil {
		return err
	}
	if err := settleContentID(part); err != nil {
		return err
	}
	return os.Rename(part, to)
}

var contentID = regexp.MustCompile(`(?m)^CID=[0-9a-f]{1,8}$`) // qemu-img leaves leading zeros out

// settleContentID replaces the random content id in a VMDK's embedded descriptor by one made from the rest of the file.
func settleContentID(path string) error {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer file.Close()
	head := make([]byte, 64<<10)
	n, err := io.ReadFull(file, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	begin := bytes.Index(head[:n], []byte("# Disk DescriptorFile"))
	if begin < 0 {
		return fmt.Errorf("%s has no descriptor", filepath.Base(path))
	}
	length := bytes.IndexByte(head[begin:n], 0)
	if length < 0 || !contentID.Match(head[begin:begin+length]) {
		return fmt.Errorf("%s has no content id", filepath.Base(path))
	}
	write := func(id string) error { // the descriptor is followed by more zeros than its line can grow by
		_, err := file.WriteAt(contentID.ReplaceAll(head[begin:begin+length], []byte("CID="+id)), int64(begin))
		return err
	}
	if err := write("10000000"); err != nil {
		return err
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return err
	}
	return write(fmt.Sprintf("1%.7s", fmt.Sprintf("%x", sum.Sum(nil))))
}

// qemuImg runs qemu-img and returns what it complains of.
func qemuImg(arguments ...string) error {
	if _, err := within(diskLimit, "qemu-img", arguments...); err != nil {
		return fmt.Errorf("qemu-img %s: %w", arguments[0], err)
	}
	return nil
}

// copyFile copies a file's bytes; where the file system can share them, it does.
func copyFile(from, to string) error {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer source.Close()
	target, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	if _, err := io.Copy(target, source); err != nil {
		target.Close()
		return err
	}
	return target.Close()
}

func removeFile(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}
