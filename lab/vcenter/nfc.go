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
func (l *nfcLease) send(w http.ResponseWriter, disk *leaseDisk, breakAfter int64) {
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
	w.Header().Set("Content-Type", "application/x-vnd.vmware-streamVmdk")
	w.Header().Set("Content-Length", strconv.FormatInt(status.Size(), 10))
	var source io.Reader = file
	if breakAfter >= 0 {
		source = io.LimitReader(file, breakAfter)
	}
	if _, err := io.Copy(w, source); err != nil {
		log.Printf("lease %s: sending: %v", l.Self.Value, err)
	}
	if breakAfter >= 0 && breakAfter < status.Size() {
		http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler) // net/http closes the connection without a word
	}
}

// store keeps what is received byte for byte; only a body received in whole counts.
func (l *nfcLease) store(w http.ResponseWriter, r *http.Request, disk *leaseDisk, breakAfter int64) {
	part, err := os.CreateTemp(filepath.Dir(disk.path), "upload-")
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	defer os.Remove(part.Name())
	defer part.Close()
	var source io.Reader = r.Body
	if breakAfter >= 0 {
		source = io.LimitReader(r.Body, breakAfter)
	}
	if _, err = io.Copy(part, source); err != nil {
		log.Printf("lease %s: receiving: %v", l.Self.Value, err)
		http.Error(w, "the body ended early", http.StatusBadRequest)
		return
	}
	if breakAfter >= 0 {
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
