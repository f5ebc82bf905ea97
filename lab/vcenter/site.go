// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"crypto/tls"
	"fmt"
	"log"
	"maps"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/simulator/vpx"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// A site is one vCenter: the simulator, the machines' disks and guests, and the failures asked for.
type site struct {
	config    *Config
	password  string
	service   *simulator.Service
	registry  *simulator.Registry
	context   *simulator.Context
	content   types.ServiceContent
	watch     *taskWatch
	faults    faultList
	veils     veils
	network   *network
	inventory inventory

	mu       sync.Mutex
	machines map[types.ManagedObjectReference]*machine
	closing  bool

	leases  leaseBook
	control net.Listener
	server  *simulator.Server
}

// openSite ends what a killed predecessor left behind and builds the site's inventory.
func openSite(config *Config) (*site, error) {
	begin := time.Now()
	password, err := os.ReadFile(config.PasswordFile)
	if err != nil {
		return nil, err
	}
	s := &site{
		config: config, password: strings.TrimRight(string(password), "\r\n"), watch: newTaskWatch(),
		machines: map[types.ManagedObjectReference]*machine{}, network: newNetwork(config),
	}
	if s.password == "" {
		return nil, fmt.Errorf("%s is empty", config.PasswordFile)
	}
	if err := s.clean(); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(s.path("machines"), 0o700); err != nil {
		return nil, err
	}
	if err := s.createModel(); err != nil {
		return nil, err
	}
	if err := s.build(); err != nil {
		return nil, err
	}
	director := &director{site: s}
	director.Self = directorRef
	s.registry.Put(director)
	s.registry.Handler = director.route
	log.Printf("%s: %d machines in %d ms", config.Site, len(s.machines), time.Since(begin).Milliseconds())
	return s, nil
}

// path is a place in the state directory.
func (s *site) path(parts ...string) string {
	return filepath.Join(append([]string{s.config.State}, parts...)...)
}

// clean ends guests left running on this state directory, and removes their taps, bridges and files.
func (s *site) clean() error {
	if err := endStrayGuests(s.path("machines") + "/"); err != nil {
		return err
	}
	if err := s.network.clean(); err != nil {
		return err
	}
	for _, part := range []string{"machines", "datastore"} {
		if err := os.RemoveAll(s.path(part)); err != nil {
			return err
		}
	}
	return nil
}

// createModel makes an empty simulator with this site's identity.
func (s *site) createModel() error {
	model := simulator.VPX()
	model.Autostart = false
	model.Datacenter, model.Cluster, model.ClusterHost, model.Host = 0, 0, 0, 0
	model.Portgroup, model.Datastore, model.Machine = 0, 0, 0
	model.ServiceContent = vpx.ServiceContent
	about := &model.ServiceContent.About
	about.ApiVersion, about.Version, about.Build = "8.0.3.0", "8.0.3", "24022515"
	about.FullName = "VMware vCenter Server 8.0.3 build-24022515"
	about.Name = "VMware vCenter Server"
	if err := os.MkdirAll(s.path("datastore"), 0o700); err != nil {
		return err
	}
	os.Setenv("TMPDIR", s.path("datastore")) // the model leaves a folder there
	if err := model.Create(); err != nil {
		return err
	}
	s.service, s.registry, s.context = model.Service, model.Map(), model.Service.Context
	instance := s.registry.Get(types.ManagedObjectReference{Type: "ServiceInstance", Value: "ServiceInstance"}).(*simulator.ServiceInstance)
	instance.Content.About.InstanceUuid = s.config.InstanceUUID
	s.content = instance.Content
	s.registry.AddHandler(s.watch)
	return nil
}

// serve begins to answer on the configured address and returns it.
func (s *site) serve() (string, error) {
	certificate, err := tls.LoadX509KeyPair(s.config.Certificate, s.config.Key)
	if err != nil {
		return "", err
	}
	probe, err := net.Listen("tcp", s.config.Listen) // the simulator panics where this says what is wrong
	if err != nil {
		return "", err
	}
	probe.Close()
	s.service.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	s.service.Listen = &url.URL{Host: s.config.Listen, User: url.UserPassword(s.config.Username, s.password)}
	s.service.RegisterEndpoints = true
	simulator.RegisterEndpoint(func(service *simulator.Service, _ *simulator.Registry) { s.addEndpoints(service.ServeMux) })
	if err := s.openControl(); err != nil {
		return "", err
	}
	s.server = s.service.NewServer()
	return s.server.URL.Host, nil
}

// addEndpoints serves NFC by lease, and datastore files to sessions only.
func (s *site) addEndpoints(mux *http.ServeMux) {
	mux.HandleFunc("/nfc/{lease}/{file}", s.serveNFC)
	for _, method := range []string{"GET", "PUT", "POST", "DELETE"} {
		mux.HandleFunc(method+" /folder/", func(w http.ResponseWriter, r *http.Request) {
			switch {
			case !s.hasSession(r):
				http.Error(w, "log in first", http.StatusUnauthorized)
			case r.Method == "DELETE":
				http.Error(w, "the simulator would only pretend", http.StatusMethodNotAllowed)
			default:
				s.service.ServeDatastore(w, r)
			}
		})
	}
}

// hasSession says whether the request carries the cookie of a live session.
func (s *site) hasSession(r *http.Request) bool {
	cookie, err := r.Cookie("vmware_soap_session")
	if err != nil {
		return false
	}
	request := &types.SessionIsActive{SessionID: strings.Trim(cookie.Value, `"`), UserName: s.config.Username}
	return sessionIsActive(s.registry.SessionManager(), s.context, request)
}

// close ends every guest and removes what this vCenter made. Open calls are cut off: a client waiting for updates would hold it up.
func (s *site) close() {
	s.mu.Lock()
	s.closing = true
	machines := slices.Collect(maps.Values(s.machines))
	s.mu.Unlock()
	if s.server != nil {
		s.server.Listener.Close()
	}
	var ending sync.WaitGroup
	for _, m := range machines {
		ending.Add(1)
		go func() {
			defer ending.Done()
			m.endGuest()
		}()
	}
	ending.Wait()
	if s.control != nil {
		s.control.Close()
	}
	if err := s.clean(); err != nil {
		log.Printf("%s: %v", s.config.Site, err)
	}
}

// isClosing says that no guest may start any more.
func (s *site) isClosing() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closing
}

// nameOf is an entity's name, or its moref's value.
func (s *site) nameOf(ref types.ManagedObjectReference) string {
	object := s.registry.Get(ref)
	if snapshot, ok := object.(*simulator.VirtualMachineSnapshot); ok {
		object = s.registry.Get(snapshot.Vm)
	}
	if entity, ok := object.(mo.Entity); ok && entity.Entity().Name != "" {
		return entity.Entity().Name
	}
	return ref.Value
}

// sortedKeys are a map's keys in order.
func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
