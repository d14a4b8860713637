package data

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"time"

	"github.com/shopspring/decimal"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// Product is something that the shop sells. The tags say what its form has to hold.
type Product struct {
	ID          int64           `form:"-"`
	Name        string          `form:"name" binding:"required,max=60"`
	Price       decimal.Decimal `form:"price" binding:"required,gt=0,lt=1000000"`
	Active      bool            `form:"active"`
	Description string          `form:"description" binding:"max=1000"`
	Variants    []Variant       `form:"variants" binding:"max=20,dive"`
	Picture     string          `form:"-"` // names the content of the picture; "" if there is none
	CreatedAt   time.Time       `form:"-"`
	UpdatedAt   time.Time       `form:"-"`
}

// Variant is one kind of a product.
type Variant struct {
	ID        int64  `form:"-,key"`
	ProductID int64  `form:"-"`
	Place     int    `form:"-"` // among those of its product, from 0
	Name      string `form:"name" binding:"required,max=40"`
	Stock     int    `form:"stock" binding:"min=0,max=1000000"`
}

// Picture shows a product.
type Picture struct {
	ProductID int64  `gorm:"primaryKey"`
	Type      string // its media type
	Content   []byte
}

// Products are all of them.
type Products struct{ db *gorm.DB }

// Products returns the table of products.
func (d *DB) Products() Products { return Products{d.gorm} }

// List returns a page of the products, without their variants.
func (p Products) List(ctx context.Context, q Query) (Page[Product], error) {
	return find[Product](p.db.WithContext(ctx), q, []string{"name", "description"}, []string{"name", "price"})
}

// Find returns a product with its variants, or ErrNotFound.
func (p Products) Find(ctx context.Context, id int64) (Product, error) {
	return findProduct(p.db.WithContext(ctx), id)
}

func findProduct(db *gorm.DB, id int64) (Product, error) {
	var product Product
	err := db.Preload("Variants", func(db *gorm.DB) *gorm.DB { return db.Order("place") }).First(&product, id).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		err = ErrNotFound
	}
	return product, err
}

// Save saves a product, a new one if its ID is 0, and returns it. A picture that isn't nil takes
// the place of the one that the product had. stale is asked about what is there now: where it
// reports true nothing is saved, and the error is ErrStale, with what is there. Other errors are
// ErrTaken, for the name, and ErrNotFound where the product has been deleted.
func (p Products) Save(ctx context.Context, product Product, picture *Picture, stale func(now Product) bool) (Product, error) {
	product.Variants = slices.Clone(product.Variants)
	err := p.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if product.ID != 0 {
			now, err := findProduct(tx.Clauses(clause.Locking{Strength: "UPDATE"}), product.ID)
			if err != nil {
				return err
			}
			if stale(now) {
				product = now
				return ErrStale
			}
			product.Picture, product.CreatedAt = now.Picture, now.CreatedAt
		}
		if picture != nil {
			product.Picture = contentName(picture.Content)
		}
		var taken int64
		if err := tx.Model(&Product{}).Where("LOWER(name) = LOWER(?) AND id <> ?", product.Name, product.ID).Count(&taken).Error; err != nil {
			return err
		}
		if taken > 0 {
			return ErrTaken
		}
		if err := tx.Omit(clause.Associations).Save(&product).Error; err != nil {
			return err
		}
		if err := saveVariants(tx, product); err != nil || picture == nil {
			return err
		}
		picture.ProductID = product.ID
		return tx.Save(picture).Error
	})
	if errors.Is(err, gorm.ErrDuplicatedKey) { // saved by somebody else at the same moment
		err = ErrTaken
	}
	return product, err
}

// saveVariants saves the variants of a product in their order, and deletes those that it had
// and hasn't any more.
func saveVariants(tx *gorm.DB, product Product) error {
	kept := []int64{0}
	for i := range product.Variants {
		v := &product.Variants[i]
		v.ProductID, v.Place = product.ID, i
		kept = append(kept, v.ID)
	}
	if err := tx.Where("product_id = ? AND id NOT IN ?", product.ID, kept).Delete(&Variant{}).Error; err != nil {
		return err
	}
	if len(product.Variants) == 0 {
		return nil
	}
	return tx.Save(&product.Variants).Error
}

// Delete deletes a product, with its variants and its picture.
func (p Products) Delete(ctx context.Context, id int64) error {
	return p.db.WithContext(ctx).Delete(&Product{}, id).Error
}

// Picture returns a product's picture, or ErrNotFound if there is none.
func (p Products) Picture(ctx context.Context, id int64) (Picture, error) {
	var picture Picture
	err := p.db.WithContext(ctx).First(&picture, id).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		err = ErrNotFound
	}
	return picture, err
}

// contentName is another one when the content is.
func contentName(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:8])
}
