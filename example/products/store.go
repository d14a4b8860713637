package products

import (
	"errors"
	"slices"
	"strings"
	"sync"
)

// Product is one entry of the list. Its tags say what its form has to hold.
type Product struct {
	ID    int    `form:"-"`
	Name  string `form:"name" binding:"required,max=40"`
	Price int    `form:"price" binding:"required,min=1,max=100000"` // whole francs
}

// Store holds the products of all visitors. It is safe for concurrent use.
type Store struct {
	mu       sync.Mutex // guards the fields below
	products []Product  // in the order of their names
	last     int        // the newest ID
}

// NewStore returns a store with a few products in it.
func NewStore() *Store {
	s := &Store{}
	for _, p := range []Product{{Name: "Armchair", Price: 740}, {Name: "Bookshelf", Price: 320}, {Name: "Desk lamp", Price: 95}, {Name: "Writing desk", Price: 860}} {
		_, _ = s.Save(p) // the names differ
	}
	return s
}

// ErrTaken is returned for a name that another product has.
var ErrTaken = errors.New("products: the name is taken")

// Save keeps p in the place of the product that has its ID, or as a new one if that
// is 0, and returns it. One that is gone meanwhile comes back.
func (s *Store) Save(p Product) (Product, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, other := range s.products {
		if other.ID != p.ID && strings.EqualFold(other.Name, p.Name) {
			return Product{}, ErrTaken
		}
	}
	if p.ID == 0 {
		s.last++
		p.ID = s.last
	}
	s.remove(p.ID)
	at, _ := slices.BinarySearchFunc(s.products, p, func(a, b Product) int { return strings.Compare(a.Name, b.Name) })
	s.products = slices.Insert(s.products, at, p)
	return p, nil
}

// Delete takes the product out, if it is there.
func (s *Store) Delete(id int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.remove(id)
}

func (s *Store) remove(id int) {
	s.products = slices.DeleteFunc(s.products, func(p Product) bool { return p.ID == id })
}

// Find returns the product that has the ID.
func (s *Store) Find(id int) (p Product, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.products, func(p Product) bool { return p.ID == id })
	if i < 0 {
		return Product{}, false
	}
	return s.products[i], true
}

// Search returns the products with query in their names.
func (s *Store) Search(query string) []Product {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(s.products), func(p Product) bool {
		return !strings.Contains(strings.ToLower(p.Name), strings.ToLower(query))
	})
}
