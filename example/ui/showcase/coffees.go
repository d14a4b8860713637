package showcase

import (
	"cmp"
	"slices"
	"strings"
)

// Coffee is a row of the table.
type Coffee struct {
	Name, Country string
	Altitude      int // metres above the sea
	Bags          int // in stock
}

var coffees = func() []Coffee {
	var all []Coffee
	places := []struct {
		country  string
		names    string
		altitude int
	}{
		{"Ethiopia", "Aricha Chelbesa Gedeb Guji Halo Kochere Worka", 1900},
		{"Kenya", "Gichathaini Kiambu Nyeri Thika", 1700},
		{"Colombia", "Cauca Huila Nariño Tolima", 1600},
		{"Guatemala", "Antigua Cobán Huehuetenango", 1500},
		{"Brazil", "Cerrado Mogiana Sul", 1000},
		{"Indonesia", "Gayo Kerinci Toraja", 1300},
		{"Rwanda", "Gitesi Nyamasheke", 1750},
		{"Yemen", "Bura Haraz", 2100},
	}
	for i, p := range places {
		for j, name := range strings.Fields(p.names) {
			all = append(all, Coffee{name, p.country, p.altitude + 37*j, (i*7 + j*5) % 23})
		}
	}
	return all
}()

// find returns the coffees whose name or country has query in it, in an order: the name of a
// column, with a minus before it for downwards.
func find(query, order string) []Coffee {
	query = strings.ToLower(query)
	found := slices.DeleteFunc(slices.Clone(coffees), func(c Coffee) bool {
		return !strings.Contains(strings.ToLower(c.Name+" "+c.Country), query)
	})
	column, down := strings.CutPrefix(order, "-")
	slices.SortStableFunc(found, func(a, b Coffee) int {
		by := 0
		switch column {
		case "country":
			by = cmp.Compare(a.Country, b.Country)
		case "altitude":
			by = cmp.Compare(a.Altitude, b.Altitude)
		}
		by = cmp.Or(by, cmp.Compare(a.Name, b.Name))
		if down {
			return -by
		}
		return by
	})
	return found
}
