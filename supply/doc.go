// Package supply holds what the library depends on to what is promised of it: that
// dependencies are the ones that go.sum names, that none is known to be vulnerable, that their
// licences are ones that most may use, that a bill of materials can be made of each module, and
// that the example's program comes out the same wherever it is built.
//
// It has tests alone, and the tools that they use:
//
//	cd supply && go test .            # the sums, and what is known to be vulnerable
//	cd supply && go test . -slow      # also what of that is called, licences, and the two builds
//	cd supply && go test . -update    # writes docs/licences.md anew
//	cd supply && go test . -bom DIR   # keeps the bills of materials there, for a release
package supply
