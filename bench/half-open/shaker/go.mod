module upquorum/bench/half-open/shaker

go 1.19

require github.com/tevino/tcp-shaker v0.0.0-20240103094755-1af45280385e

require (
	github.com/pkg/errors v0.9.1 // indirect
	golang.org/x/sys v0.0.0-20191110163157-d32e6e3b99c4 // indirect
)
