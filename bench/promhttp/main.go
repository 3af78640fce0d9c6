// Serves the families it reads as JSON from its standard input with client_golang's own instruments, registry and
// handler, and prints its port: what bench/scrape.ts compares with. Collectors of the Go runtime are left out.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"runtime/debug"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// family is an Instrument of bench/support/instruments.ts.
type family struct {
	Name       string
	Help       string
	Kind       string
	LabelNames []string
	Bounds     []float64
	Samples    []struct {
		Labels []string
		Values []float64
	}
}

func main() {
	registry := prometheus.NewRegistry()
	if err := fill(registry); err != nil {
		log.Fatal(err)
	}
	debug.FreeOSMemory() // What reading the families took is no cost of serving them.
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	http.Handle("/metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	log.Fatal(http.Serve(listener, nil))
}

func fill(registry *prometheus.Registry) error {
	var families []family
	if err := json.NewDecoder(os.Stdin).Decode(&families); err != nil {
		return err
	}
	for _, family := range families {
		add, err := register(registry, family)
		if err != nil {
			return err
		}
		for _, sample := range family.Samples {
			for _, value := range sample.Values {
				add(sample.Labels, value)
			}
		}
	}
	return nil
}

// register makes a family's instrument and returns what adds a value to one of its series.
func register(registry *prometheus.Registry, family family) (func(labels []string, value float64), error) {
	switch family.Kind {
	case "counter":
		opts := prometheus.CounterOpts{Name: family.Name, Help: family.Help}
		vec := prometheus.NewCounterVec(opts, family.LabelNames)
		return func(labels []string, value float64) { vec.WithLabelValues(labels...).Add(value) }, registry.Register(vec)
	case "gauge":
		opts := prometheus.GaugeOpts{Name: family.Name, Help: family.Help}
		vec := prometheus.NewGaugeVec(opts, family.LabelNames)
		return func(labels []string, value float64) { vec.WithLabelValues(labels...).Set(value) }, registry.Register(vec)
	case "histogram":
		opts := prometheus.HistogramOpts{Name: family.Name, Help: family.Help, Buckets: family.Bounds}
		vec := prometheus.NewHistogramVec(opts, family.LabelNames)
		return func(labels []string, value float64) { vec.WithLabelValues(labels...).Observe(value) }, registry.Register(vec)
	}
	return nil, fmt.Errorf("kind %q of %s", family.Kind, family.Name)
}
