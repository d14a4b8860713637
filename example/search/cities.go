package search

import "strings"

// City is one line of the list.
type City struct {
	Name, Country string
	Population    int // in thousands
}

// find returns the cities whose name or country holds query.
func find(query string) (found []City) {
	query = strings.ToLower(query)
	for _, c := range cities {
		if strings.Contains(strings.ToLower(c.Name+" "+c.Country), query) {
			found = append(found, c)
		}
	}
	return found
}

var cities = []City{
	{"Accra", "Ghana", 2660},
	{"Addis Ababa", "Ethiopia", 3950},
	{"Amsterdam", "Netherlands", 930},
	{"Ankara", "Turkey", 5800},
	{"Athens", "Greece", 640},
	{"Auckland", "New Zealand", 1530},
	{"Bangkok", "Thailand", 9000},
	{"Barcelona", "Spain", 1690},
	{"Basel", "Switzerland", 178},
	{"Berlin", "Germany", 3780},
	{"Bern", "Switzerland", 137},
	{"Bogotá", "Colombia", 7900},
	{"Brussels", "Belgium", 1240},
	{"Bucharest", "Romania", 1720},
	{"Budapest", "Hungary", 1690},
	{"Buenos Aires", "Argentina", 3120},
	{"Cairo", "Egypt", 10100},
	{"Cape Town", "South Africa", 4770},
	{"Chicago", "United States", 2660},
	{"Copenhagen", "Denmark", 660},
	{"Dakar", "Senegal", 1280},
	{"Delhi", "India", 16800},
	{"Dublin", "Ireland", 590},
	{"Edinburgh", "United Kingdom", 530},
	{"Florence", "Italy", 360},
	{"Geneva", "Switzerland", 203},
	{"Hamburg", "Germany", 1910},
	{"Hanoi", "Vietnam", 8440},
	{"Helsinki", "Finland", 675},
	{"Istanbul", "Turkey", 15660},
	{"Jakarta", "Indonesia", 10670},
	{"Kyiv", "Ukraine", 2950},
	{"Kyoto", "Japan", 1440},
	{"Lagos", "Nigeria", 15390},
	{"Lima", "Peru", 10090},
	{"Lisbon", "Portugal", 545},
	{"Ljubljana", "Slovenia", 285},
	{"London", "United Kingdom", 8870},
	{"Madrid", "Spain", 3330},
	{"Marrakesh", "Morocco", 930},
	{"Melbourne", "Australia", 5030},
	{"Mexico City", "Mexico", 9210},
	{"Milan", "Italy", 1350},
	{"Montevideo", "Uruguay", 1300},
	{"Montreal", "Canada", 1760},
	{"Mumbai", "India", 12480},
	{"Nairobi", "Kenya", 4400},
	{"Naples", "Italy", 910},
	{"New York", "United States", 8340},
	{"Oslo", "Norway", 710},
	{"Paris", "France", 2100},
	{"Porto", "Portugal", 232},
	{"Prague", "Czechia", 1360},
	{"Quito", "Ecuador", 1980},
	{"Reykjavík", "Iceland", 140},
	{"Riga", "Latvia", 605},
	{"Rio de Janeiro", "Brazil", 6210},
	{"Rome", "Italy", 2750},
	{"San Francisco", "United States", 810},
	{"Santiago", "Chile", 6270},
	{"São Paulo", "Brazil", 11450},
	{"Seoul", "South Korea", 9390},
	{"Singapore", "Singapore", 5920},
	{"Stockholm", "Sweden", 985},
	{"Sydney", "Australia", 5300},
	{"Taipei", "Taiwan", 2510},
	{"Tallinn", "Estonia", 454},
	{"Tbilisi", "Georgia", 1200},
	{"Tokyo", "Japan", 13960},
	{"Toronto", "Canada", 2790},
	{"Tunis", "Tunisia", 640},
	{"Valletta", "Malta", 6},
	{"Vancouver", "Canada", 660},
	{"Vienna", "Austria", 1980},
	{"Vilnius", "Lithuania", 593},
	{"Warsaw", "Poland", 1860},
	{"Wellington", "New Zealand", 215},
	{"Zagreb", "Croatia", 770},
	{"Zurich", "Switzerland", 436},
}
