// Runs half-open checks through tcp-shaker, as each line on stdin requests. It speaks the protocol of the other
// programs here: one JSON value per line, the first of which says that it is ready.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"log"
	"net"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	tcp "github.com/tevino/tcp-shaker"
)

type load struct {
	Address   string
	Count     int
	InFlight  int
	TimeoutMs int
	// Whether to report each round trip in the order of the checks; requires one check at a time.
	Rtts bool
}

type outcome struct {
	Open   int64     `json:"open"`
	Others int64     `json:"others"`
	RttsUs []float64 `json:"rttsUs,omitempty"`
}

const (
	firstPort = 9000
	ports     = 64
)

func main() {
	checker := tcp.NewChecker()
	go func() {
		log.Fatal(checker.CheckingLoop(context.Background()))
	}()
	<-checker.WaitReady()
	fmt.Println(`"ready"`)
	questions := bufio.NewScanner(os.Stdin)
	answers := json.NewEncoder(os.Stdout)
	for questions.Scan() {
		var asked load
		if err := json.Unmarshal(questions.Bytes(), &asked); err != nil {
			log.Fatal(err)
		}
		if err := answers.Encode(run(checker, asked)); err != nil {
			log.Fatal(err)
		}
	}
}

// Check n goes to port firstPort + n modulo ports, through the next free lane, as in the other programs.
func run(checker *tcp.Checker, asked load) outcome {
	addresses := make([]string, ports)
	for index := range addresses {
		addresses[index] = net.JoinHostPort(asked.Address, strconv.Itoa(firstPort+index))
	}
	timeout := time.Duration(asked.TimeoutMs) * time.Millisecond
	var begun, open, others atomic.Int64
	var rttsUs []float64
	if asked.Rtts {
		rttsUs = make([]float64, asked.Count)
	}
	var lanes sync.WaitGroup
	for lane := 0; lane < asked.InFlight; lane++ {
		lanes.Add(1)
		go func() {
			defer lanes.Done()
			for {
				index := int(begun.Add(1)) - 1
				if index >= asked.Count {
					return
				}
				start := time.Now()
				err := checker.CheckAddr(addresses[index%ports], timeout)
				if asked.Rtts {
					rttsUs[index] = float64(time.Since(start).Nanoseconds()) / 1e3
				}
				if err == nil {
					open.Add(1)
				} else {
					others.Add(1)
				}
			}
		}()
	}
	lanes.Wait()
	return outcome{Open: open.Load(), Others: others.Load(), RttsUs: rttsUs}
}
