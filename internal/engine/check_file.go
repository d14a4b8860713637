package engine

import "text/template/parse"

// wrongFileInput says what is wrong with an action that shows an upload's file input.
func wrongFileInput(m *markup, action *parse.ActionNode) string {
	if !m.InText() || len(action.Pipe.Cmds) == 0 || !m.form().deaf {
		return ""
	}
	args := action.Pipe.Cmds[len(action.Pipe.Cmds)-1].Args
	var path []string
	switch n := args[0].(type) {
	case *parse.FieldNode:
		path = n.Ident
	case *parse.ChainNode:
		path = n.Field
	case *parse.VariableNode:
		path = n.Ident[1:]
	}
	if len(path) == 0 || path[len(path)-1] != "FileInput" {
		return ""
	}
	for _, arg := range args[1:] {
		if name, ok := arg.(*parse.StringNode); ok && (name.Text == "phx-change" || name.Text == "form") {
			return ""
		}
	}
	return unheardFile
}
