package table

import "fmt"

// Article is one row.
type Article struct {
	ID    int
	Name  string
	Qty   int
	Price float64
}

// Euros is the price as people read it.
func (a Article) Euros() string { return fmt.Sprintf("%.2f", a.Price) }

// stock is a thousand articles, the same ones each time.
func stock() []Article {
	kinds := []string{"Bolt", "Nut", "Washer", "Spring", "Bearing", "Hinge", "Bracket", "Valve"}
	metals := []string{"brass", "steel", "copper", "zinc", "titanium"}
	articles := make([]Article, 1000)
	for i := range articles {
		n := i*7919 + 13 // spreads the values without a random source
		articles[i] = Article{
			ID:    i + 1,
			Name:  fmt.Sprintf("%s, %s, %d mm", kinds[n%len(kinds)], metals[n/8%len(metals)], 3+n%47),
			Qty:   n % 250,
			Price: float64(10+n%4990) / 100,
		}
	}
	return articles
}
