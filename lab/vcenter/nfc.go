// SPDX-License-Identifier: Apache-2.0

package main

import (
	"crypto/sha1"
	"crypto/sha256"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"path/filepath"
	"strconv"

	"github.com/vmware/govmomi/vim25/types"
)

// serveNFC sends or stores a disk of a lease.
func (s *site) serveNFC(w http.ResponseWriter, r *http.Request) {
	l := s.leases.find(r.PathValue("lease"))
	if l == nil || l.disk(r.PathValue("file")) == nil {
		http.NotFound(w, r)
		return
	}
	disk := l.disk(r.PathValue("file"))
	switch {
	case r.Method == http.MethodGet && !l.upload:
		l.send(w, disk, s.faults.takeBreak("download"))
	case (r.Method == http.MethodPut || r.Method == http.MethodPost) && l.upload:
		l.store(w, r, disk, s.faults.takeBreak("upload"))
	default:
		http.Error(w, "GET for an export, PUT or POST for an import", http.StatusMethodNotAllowed)
	}
}

// send streams the file whole; a transfer that breaks starts again from its beginning, as with a real vCenter.
func (l *nfcLease) send(w http.ResponseWriter, disk *leaseDisk, broken *Break) {
	file, err := os.Open(disk.path)
	if err != nil {
		http.Error(w, "the disk is gone", http.StatusNotFound)
		return
	}
	defer file.Close()
	status, err := file.Stat()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	if broken != nil && broken.Silent {
		l.silent.Store(true)
		sendSilently(w, io.LimitReader(file, broken.AfterBytes))
		return
	}
	w.Header().Set("Content-Type", "application/x-vnd.vmware-streamVmdk")
	w.Header().Set("Content-Length", strconv.FormatInt(status.Size(), 10))
	var source io.Reader = file
	if broken != nil {
		source = io.LimitReader(file, broken.AfterBytes)
	}
	if _, err := io.Copy(w, source); err != nil {
		log.Printf("lease %s: sending: %v", l.Self.Value, err)
	}
	if broken != nil && broken.AfterBytes < status.Size() {
		http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler) // net/http closes the connection without a word
	}
}

// sendSilently answers as HTTP 1.0 may: the end of the connection is the end of the body.
func sendSilently(w http.ResponseWriter, source io.Reader) {
	connection, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	defer connection.Close()
	io.WriteString(connection, "HTTP/1.0 200 OK\r\nContent-Type: application/x-vnd.vmware-streamVmdk\r\nConnection: close\r\n\r\n")
	io.Copy(connection, source)
}

// store keeps what is received byte for byte; only a body received in whole counts.
func (l *nfcLease) store(w http.ResponseWriter, r *http.Request, disk *leaseDisk, broken *Break) {
	part, err := os.CreateTemp(filepath.Dir(disk.path), "upload-")
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	defer os.Remove(part.Name())
	defer part.Close()
	var source io.Reader = r.Body
	if broken != nil {
		source = io.LimitReader(r.Body, broken.AfterBytes)
	}
	if _, err = io.Copy(part, source); err != nil {
		log.Printf("lease %s: receiving: %v", l.Self.Value, err)
		http.Error(w, "the body ended early", http.StatusBadRequest)
		return
	}
	if broken != nil {
		panic(http.ErrAbortHandler)
	}
	if err = l.accept(disk, part); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.WriteHeader(http.StatusCreated)
}

// accept makes a file received in whole the lease's.
func (l *nfcLease) accept(disk *leaseDisk, part *os.File) error {
	if _, err := part.Seek(0, io.SeekStart); err != nil {
		return err
	}
	entry, err := disk.describe(part)
	if err != nil {
		return err
	}
	if size, err := capacity(part.Name()); err == nil {
		entry.Capacity = size
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.site.leases.find(l.Self.Value) != l {
		return fmt.Errorf("lease %s has ended", l.Self.Value)
	}
	if err := os.Rename(part.Name(), disk.path); err != nil {
		return err
	}
	disk.received = entry
	return nil
}

// describe is a disk file's line in the manifest.
func (d *leaseDisk) describe(file io.Reader) (*types.HttpNfcLeaseManifestEntry, error) {
	older, newer := sha1.New(), sha256.New()
	size, err := io.Copy(io.MultiWriter(older, newer), file)
	if err != nil {
		return nil, err
	}
	return &types.HttpNfcLeaseManifestEntry{
		Key: d.key, Sha1: fmt.Sprintf("%x", older.Sum(nil)), Checksum: fmt.Sprintf("%x", newer.Sum(nil)),
		ChecksumType: string(types.HttpNfcLeaseManifestEntryChecksumTypeSha256), Size: size, Disk: true,
	}, nil
}
