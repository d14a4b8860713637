package engine

// primitive is a template function of the engine's own.
type primitive struct {
	does    string  // what it is for, in the error for a function of its name
	standIn any     // the function as html/template sees it
	result  ownType // checks a call
	print   printer // compiles an action that ends with a call; nil: none is special
}

var primitives = map[string]primitive{
	"dict":      {does: "it gives a template several arguments", standIn: dictStandIn, result: dictResult},
	"keyed":     {does: "it gives the key of a list's entries", standIn: keyedStandIn, result: keyedResult},
	"component": {does: "it shows a component", standIn: componentStandIn, result: componentResult, print: compileComponent},
	"myself":    {does: "it is the number of a live component", standIn: myselfStandIn, result: myselfResult},
	"content":   {does: "it shows the view in an inner layout", standIn: contentStandIn, result: contentResult, print: compileContent},
}

func ownTypes(live map[string]LiveKind) map[string]ownType {
	types := map[string]ownType{}
	for name, kind := range live {
		types[name] = liveResult(kind)
	}
	for name, p := range primitives {
		types[name] = p.result
	}
	return types
}

func printers(live map[string]LiveKind) map[string]printer {
	list := map[string]printer{}
	for name, kind := range live {
		list[name] = livePrinter(kind)
	}
	for name, p := range primitives {
		if p.print != nil {
			list[name] = p.print
		}
	}
	return list
}
