package engine

import (
	"reflect"
	"text/template/parse"
)

// myself is the number of the live component whose template it stands in.

func myselfStandIn() int { return 0 }

func myselfResult(ty *typer, _ *scope, n *parse.IdentifierNode, args []parse.Node, final *staticType) staticType {
	if len(args) > 0 || final != nil {
		ty.errorf(n, "myself takes no arguments")
	}
	return staticType{typ: reflect.TypeFor[int]()}
}

// self compiles myself.
func (c *compiler) self() scalar {
	c.myself = true
	return scalar{typ: reflect.TypeFor[int](), class: classInt, int: func(fr *frame) int64 { return int64(fr.self) }}
}
