// SPDX-License-Identifier: Apache-2.0

// Command vcenter is the vCenter of one site of the lab: govmomi's simulator with what real vCenters have and it has not, namely guests
// that run, disks with bytes, snapshots that freeze them, export and import over NFC, and port groups that are bridges.
//
// Conventions a client needs to know:
//   - The distributed switch is named "dvs-SITE". AddDVPortgroup_Task (or CreateDVPortgroup_Task) on it makes a port group and, in the
//     switch namespace, a bridge without any address, named by bridgeName. Destroy_Task removes both.
//   - A machine whose first disk holds the file system of the lab's guests boots in QEMU when powered on; "guestinfo.KEY" reaches its
//     kernel command line as cityops.KEY=VALUE, and "guestinfo.address" is the address reported once it is started.
//   - "/nfc/LEASE/disk-N.vmdk" is open to whoever knows the lease; "/folder" wants the session's cookie.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	log.SetFlags(log.Ltime | log.Lmicroseconds)
	path := flag.String("config", "", "the site's description, a JSON file")
	flag.Parse()
	if *path == "" || flag.NArg() > 0 {
		fmt.Fprintln(os.Stderr, "usage: vcenter --config site.json")
		os.Exit(1)
	}
	if err := run(*path); err != nil {
		fmt.Fprintf(os.Stderr, "vcenter: %v\n", err)
		os.Exit(1)
	}
}

// run serves the site described at path until the process is told to end, and leaves no guest, tap or file behind.
func run(path string) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	config, err := readConfig(path)
	if err != nil {
		return err
	}
	s, err := openSite(config)
	if err != nil {
		return err
	}
	defer s.close()
	address, err := s.serve()
	if err != nil {
		return err
	}
	fmt.Printf("ready https://%s\n", address)
	go s.powerOnAll(ctx)
	<-ctx.Done()
	log.Printf("%s: told to end", config.Site)
	return nil
}
