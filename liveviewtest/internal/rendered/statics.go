package rendered

import (
	"encoding/json"
	"fmt"
	"strconv"
)

// templates are the statics that several nodes of one diff share, by number.
type templates map[int][]string

// templatesIn returns the templates that d brings along, or else those of the
// nodes around it.
func templatesIn(d map[string]any, around templates) (templates, error) {
	shared, ok := d["p"].(map[string]any)
	if !ok {
		return around, nil
	}
	own := make(templates, len(shared))
	for key, value := range shared {
		i, err := strconv.Atoi(key)
		if err != nil {
			return nil, fmt.Errorf("template %q has no number", key)
		}
		if own[i], err = staticsOf(value, nil); err != nil {
			return nil, err
		}
	}
	return own, nil
}

// staticsOf returns the statics that a node's "s" stands for: a list, or the
// number of a template.
func staticsOf(value any, shared templates) ([]string, error) {
	switch value := value.(type) {
	case json.Number:
		i, err := strconv.Atoi(string(value))
		if statics, ok := shared[i]; ok && err == nil {
			return statics, nil
		}
		return nil, fmt.Errorf("the statics are those of template %s, which wasn't sent", value)
	case []any:
		statics := make([]string, len(value))
		for i, s := range value {
			text, ok := s.(string)
			if !ok {
				return nil, fmt.Errorf("a static is %v", s)
			}
			statics[i] = text
		}
		if len(statics) > 0 {
			return statics, nil
		}
	}
	return nil, fmt.Errorf("the statics are %v", value)
}
