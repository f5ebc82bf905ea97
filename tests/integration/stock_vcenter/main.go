// A stock vCenter simulator: govmomi's simulator package as it is, over TLS.
package main

import (
	"crypto/tls"
	"fmt"
	"net/url"
	"os"

	"github.com/vmware/govmomi/simulator"
)

func main() {
	certificate, err := tls.LoadX509KeyPair(os.Args[2], os.Args[3])
	model := simulator.VPX()
	if err == nil {
		err = model.Create()
	}
	if err != nil {
		panic(err)
	}
	model.Service.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}}
	model.Service.Listen = &url.URL{Host: os.Args[1], User: url.UserPassword("operator", "stock")}
	fmt.Println("ready", model.Service.NewServer().URL.Host)
	_, _ = os.Stdin.Read(make([]byte, 1)) // until whoever started it ends
}
