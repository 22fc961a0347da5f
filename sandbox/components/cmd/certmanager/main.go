// Copyright: (c) 2026, the pimesh.linkerd contributors
// GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// Command certmanager runs cert-manager's own controllers outside a pod. The
// upstream commands live in Go modules that cannot be required by name, so this
// is their wiring for what a Linkerd identity needs: self-signed and CA issuers
// ("controller") and the CA injector ("cainjector").
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"k8s.io/klog/v2"
	ctrl "sigs.k8s.io/controller-runtime"

	logf "github.com/cert-manager/cert-manager/pkg/logs"
)

type options struct {
	kubeconfig string
	namespace  string
}

var programs = map[string]func(context.Context, options) error{
	"controller": runController,
	"cainjector": runCAInjector,
}

func main() {
	if len(os.Args) < 2 || programs[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "usage: certmanager controller|cainjector --kubeconfig FILE [--cluster-resource-namespace NAMESPACE]")
		os.Exit(2)
	}
	var opts options
	flags := flag.NewFlagSet(os.Args[1], flag.ExitOnError)
	flags.StringVar(&opts.kubeconfig, "kubeconfig", "", "kubeconfig of the cluster")
	flags.StringVar(&opts.namespace, "cluster-resource-namespace", "cert-manager", "namespace that holds the Secrets of ClusterIssuers")
	_ = flags.Parse(os.Args[2:])

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctrl.SetLogger(klog.Background())
	if err := programs[os.Args[1]](logf.NewContext(ctx, klog.Background()), opts); err != nil {
		fmt.Fprintln(os.Stderr, "certmanager:", err)
		os.Exit(1)
	}
}
